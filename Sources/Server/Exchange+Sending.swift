internal import HTTP
internal import Reactor

extension Exchange {
    /// Bodies up to this size are copied behind their heads: cheaper than a second buffer to the kernel.
    static let joinedBytesMax = 4096

    func streamFraming(_ status: Int) -> Framing {
        guard reader.head.method != .head, status != 204, status != 304 else { return .none }
        return reader.head.minorVersion == 1 ? .chunked : .untilClose
    }

    /// The status line and the fields of every answer, in a buffer of the loop's that ``send(_:_:)`` gives back.
    func startHead(_ status: Int, _ fields: [UInt8]) -> [UInt8] {
        precondition(!hasStarted || isBroken, "a request is answered once")
        if serving.isDraining { keepsAlive = false }
        var head = serving.takeBuffer()
        head.appendStatusLine(status)
        head.append(contentsOf: serving.dateLine())
        head.append(contentsOf: fields)
        if !keepsAlive {
            head.append("connection: close\r\n")
        } else if reader.head.minorVersion == 0 {
            head.append("connection: keep-alive\r\n")
        }
        return head
    }

    func append(_ bytes: ArraySlice<UInt8>, to buffer: inout [UInt8], _ framing: Framing) {
        switch framing {
        case .chunked: buffer.appendChunk(bytes)
        case .untilClose: buffer.append(contentsOf: bytes)
        case .none: break
        }
    }

    func write(_ bytes: ArraySlice<UInt8>, isLast: Bool) async throws(IOError) {
        if try !writeAtOnce(bytes, isLast: isLast) { try await drain() }
    }

    func writeAtOnce(_ bytes: ArraySlice<UInt8>, isLast: Bool) throws(IOError) -> Bool {
        guard case .streaming(let framing) = answer else {
            precondition(isBroken, "a stream is started before it is written, and finished once")
            throw .closedLocally
        }
        if isLast { answer = .complete }
        var buffer = serving.takeBuffer()
        append(bytes, to: &buffer, framing)
        if isLast, case .chunked = framing { buffer.appendLastChunk() }
        return try sendAtOnce(buffer)
    }

    /// Sends `buffer`, which came from the loop and goes back there, and `body`.
    func send(_ buffer: consuming [UInt8], _ body: [UInt8] = []) async throws(IOError) {
        if try !sendAtOnce(buffer, body) { try await drain() }
    }

    /// Sends what there is room for; whether that was all.
    private func sendAtOnce(_ buffer: consuming [UInt8], _ body: [UInt8] = []) throws(IOError) -> Bool {
        var sent = 0
        do throws(IOError) {
            guard !isBroken else { throw .closedLocally }
            if !buffer.isEmpty || !body.isEmpty, case .bytes(let count) = try socket.write(buffer[...], body[...]) {
                noteWritten(count)
                sent = count
            }
        } catch {
            throw fail(error)
        }
        guard sent < buffer.count + body.count else {
            serving.giveBack(buffer)
            return true
        }
        unsent = Unsent(buffer: buffer, body: body, sent: sent)
        return false
    }

    /// Sends the rest, and waits while there is no room.
    func send(_ rest: Unsent) async throws(IOError) {
        let (buffer, body) = (rest.buffer, rest.body)
        var sent = rest.sent
        do throws(IOError) {
            while sent < buffer.count + body.count {
                let (first, second) = (buffer[min(sent, buffer.count)...], body[max(sent - buffer.count, 0)...])
                if case .bytes(let count) = try socket.write(first, second) {
                    noteWritten(count)
                    sent += count
                } else {
                    try await socket.waitUntilWritable(
                        deadline: Instant.now.advanced(by: serving.limits.writeDurationMax)
                    )
                }
            }
        } catch {
            throw fail(error)
        }
    }

    private func noteWritten(_ count: Int) {
        if firstByteAt == nil { firstByteAt = .now }
        bytesWritten += count
        serving.counters.bytesOut.add(count)
    }

    /// Whatever stopped an answer half-way, nothing can follow it.
    private func fail(_ error: IOError) -> IOError {
        abort()
        return error
    }
}

extension Socket {
    /// Writes two runs of bytes as one, or as much of them as there is room for.
    fileprivate func write(_ first: ArraySlice<UInt8>, _ second: ArraySlice<UInt8>) throws(IOError) -> Transfer {
        try first.withUnsafeBufferPointer { (first) throws(IOError) -> Transfer in
            let first = UnsafeRawBufferPointer(first)
            guard !second.isEmpty else { return try write(first) }
            return try second.withUnsafeBufferPointer { (second) throws(IOError) -> Transfer in
                try write(first, UnsafeRawBufferPointer(second))
            }
        }
    }
}
