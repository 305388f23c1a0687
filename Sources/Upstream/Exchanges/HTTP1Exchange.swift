internal import HTTP
internal import Reactor

/// One request and its response on one HTTP/1.1 connection; loop-confined, driven by the task that awaits it.
///
/// States: sending and waiting for the head (both at once, so that a response to half a request is not lost) → reading
/// the body → complete, when the connection goes back to its pool, or closed. Nothing is read from the socket unless
/// somebody asks for it.
final class HTTP1Exchange {
    private let connection: Connection
    private let scratch: ReceiveBuffer
    private let settings: UpstreamSettings
    private let deadlines: AttemptDeadlines
    private let loop: EventLoop
    private let isHead: Bool

    private var outgoing: Outgoing
    private var sendFailure: String?
    /// When the request's last byte, so far, went out.
    private var lastSent: Instant
    private var parser: ResponseHeadParser
    /// A head as far as it has come; the body's start, decoded, once the head is whole.
    private var pending: [UInt8] = []
    private var decoder: BodyDecoder?
    /// Whether bytes came after the body: then nothing on the connection can be trusted.
    private var hasExcess = false
    /// Why nothing more can be read.
    private var failure: UpstreamError?

    /// Whether the request may go out again on a fresh connection, in the slot of this one.
    private(set) var wasStale = false
    private(set) var head = ResponseHead()
    private(set) var timings: UpstreamTimings

    init(
        _ request: UpstreamRequest,
        on connection: Connection,
        scratch: ReceiveBuffer,
        settings: UpstreamSettings,
        deadlines: AttemptDeadlines,
        timings: UpstreamTimings,
        loop: EventLoop
    ) {
        self.connection = connection
        self.scratch = scratch
        self.settings = settings
        self.deadlines = deadlines
        self.timings = timings
        self.loop = loop
        isHead = request.method == .head
        outgoing = Outgoing(request)
        parser = ResponseHeadParser(
            headBytesMax: settings.responseHeadBytesMax,
            headerCountMax: settings.responseHeaderCountMax
        )
        lastSent = .now
        self.timings.sentAt = lastSent
        self.timings.isReused = connection.isReused
    }

    // MARK: Request and head

    /// Sends the request and returns once the head of its response is there.
    func start() async throws(UpstreamError) {
        do throws(UpstreamError) {
            while true {
                flush()
                if try receiveHead() { return }
                try await wait(atMost: outgoing.isEmpty ? deadlines.firstByte : deadlines.betweenBytes, since: lastSent)
                {
                    outgoing.isEmpty ? .firstByteTimedOut(after: $0) : .stalled(after: $0)
                }
            }
        } catch {
            fail(error)
            throw error
        }
    }

    /// Sends what there is room for.
    ///
    /// A failure is kept for later: the response may have come all the same.
    private func flush() {
        while !outgoing.isEmpty {
            switch outgoing.send(on: connection) {
            case .bytes: lastSent = loop.now
            case .wouldBlock, .end: return
            case .broken(let reason):
                sendFailure = reason
                outgoing.drop()
            }
        }
    }

    /// Reads until the head is whole, or nothing is left to read.
    private func receiveHead() throws(UpstreamError) -> Bool {
        while connection.isReadable {
            switch connection.receive(into: scratch.bytes) {
            case .bytes(let count):
                if timings.firstByteAt == nil { timings.firstByteAt = loop.now }
                if try takeHead(scratch.bytes[..<count]) { return true }
            case .wouldBlock:
                return false
            case .end, .broken:
                guard timings.firstByteAt == nil else { throw .truncated }
                throw sendFailure.map { .sendFailed(reason: $0) } ?? .closedBeforeResponse
            }
        }
        return false
    }

    private func takeHead(_ bytes: Slice<UnsafeMutableRawBufferPointer>) throws(UpstreamError) -> Bool {
        let bytes = UnsafeRawBufferPointer(rebasing: bytes)
        guard !pending.isEmpty else { return try parseHead(bytes) }
        var whole: [UInt8] = []
        swap(&whole, &pending)
        whole.append(contentsOf: bytes)
        return try whole.withUnsafeBufferPointer { bytes throws(UpstreamError) in
            try parseHead(UnsafeRawBufferPointer(bytes))
        }
    }

    /// Parses heads up to the final one; what is left of `bytes` is kept, or decoded if it is the body's.
    private func parseHead(_ bytes: UnsafeRawBufferPointer) throws(UpstreamError) -> Bool {
        var rest = bytes
        do throws(HTTPError) {
            while !rest.isEmpty {
                guard let count = try parser.parse(rest, toHead: isHead, into: &head) else { break }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                guard !head.isInformational else { continue }
                decoder = try BodyDecoder(
                    head.framing,
                    bodyBytesMax: settings.responseBodyBytesMax,
                    overheadBytesMax: settings.chunkOverheadBytesMax
                )
                // A refusal while the body is still on its way: the backend wants no more of it.
                if !outgoing.isEmpty, head.status >= 300 || !head.keepsAlive {
                    outgoing.drop()
                    hasExcess = true
                }
                var body: [UInt8] = []
                try decode(rest, into: &body)
                pending = body
                return true
            }
        } catch {
            throw UpstreamError(error)
        }
        pending.append(contentsOf: rest)
        return false
    }

    // MARK: Body

    /// Appends what has come of the body; waits for at least one byte, `false` at the end.
    func read(into buffer: inout [UInt8]) async throws(UpstreamError) -> Bool {
        if !pending.isEmpty {
            if buffer.isEmpty { swap(&buffer, &pending) } else { buffer.append(contentsOf: pending) }
            pending = []
            return true
        }
        if let failure { throw failure }
        do throws(UpstreamError) {
            let start = buffer.count
            while !isComplete {
                flush()
                try receiveBody(into: &buffer)
                if buffer.count > start { return true }
                guard !isComplete else { break }
                try await wait(atMost: deadlines.betweenBytes, since: loop.now) { .stalled(after: $0) }
            }
            return false
        } catch {
            fail(error)
            throw error
        }
    }

    private var isComplete: Bool { decoder?.isComplete ?? false }

    /// Reads until a byte of the body has come, or nothing is left to read.
    private func receiveBody(into buffer: inout [UInt8]) throws(UpstreamError) {
        let start = buffer.count
        while connection.isReadable, buffer.count == start, !isComplete {
            do throws(HTTPError) {
                switch connection.receive(into: scratch.bytes) {
                case .bytes(let count):
                    try decode(UnsafeRawBufferPointer(rebasing: scratch.bytes[..<count]), into: &buffer)
                case .wouldBlock: return
                case .end:
                    try decoder?.finishAtClose()
                    settle()
                case .broken: throw .truncated
                }
            } catch {
                throw UpstreamError(error)
            }
        }
    }

    private func decode(_ bytes: UnsafeRawBufferPointer, into buffer: inout [UInt8]) throws(HTTPError) {
        let start = buffer.count
        let used = try decoder?.decode(bytes, into: &buffer) ?? 0
        timings.bodyBytes += buffer.count - start
        hasExcess = hasExcess || used < bytes.count
        if isComplete { settle() }
    }

    /// Lets go of the connection as soon as the body is complete, read or not.
    private func settle() {
        if head.keepsAlive, outgoing.isEmpty, sendFailure == nil, !hasExcess, !connection.hasHungUp {
            connection.release()
        } else {
            connection.close()
        }
    }

    // MARK: End

    /// Closes the connection, at once, unless the response is complete.
    func close() {
        if !isComplete { fail(.cancelled) }
    }

    /// Closes the connection; the slot of a stale one is kept for the fresh one.
    private func fail(_ error: UpstreamError) {
        guard failure == nil, !isComplete else { return }
        failure = error
        wasStale = isStale(error)
        connection.close(keepingSlot: wasStale)
    }

    /// Whether the connection broke as one does that the peer had closed before the request reached it.
    private func isStale(_ error: UpstreamError) -> Bool {
        guard connection.isReused, timings.firstByteAt == nil, let sentAt = timings.sentAt else { return false }
        switch error {
        case .closedBeforeResponse, .sendFailed: return sentAt.duration(to: .now) <= settings.staleConnectionWindow
        default: return false
        }
    }

    /// Waits for the connection to be ready, until a phase's time, or the whole attempt's, is over.
    private func wait(
        atMost limit: Duration,
        since start: Instant,
        orThrow timeout: (Duration) -> UpstreamError
    ) async throws(UpstreamError) {
        let deadline = min(start.advanced(by: limit), deadlines.whole)
        switch await connection.wait(until: deadline, toWrite: !outgoing.isEmpty) {
        case .ready: return
        case .timedOut: throw deadline == deadlines.whole ? .wholeTimedOut : timeout(limit)
        case .cancelled, .closed: throw .cancelled
        }
    }
}

/// Where a loop's exchanges read into, one after the other: no byte stays here over an `await`.
final class ReceiveBuffer {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

    deinit { bytes.deallocate() }
}
