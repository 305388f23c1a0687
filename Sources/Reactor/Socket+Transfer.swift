internal import Glibc

extension Socket {
    /// What a read or write that does not wait came to.
    public enum Transfer: Sendable {
        /// This many bytes, at least one.
        case bytes(Int)
        /// Nothing for now: wait.
        case wouldBlock
        /// The peer has closed its side; reads only.
        case end
    }

    /// Reads what has come into `buffer`, which has room, without waiting.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Transfer {
        if let session { try session.read(into: buffer) } else { try receive(into: buffer) }
    }

    /// Writes as much of `buffer` as there is room for, without waiting.
    public func write(_ buffer: UnsafeRawBufferPointer) throws(IOError) -> Transfer {
        if let session { try session.write(buffer) } else { try transmit(buffer) }
    }

    /// Writes two buffers, a head and a body, as one.
    public func write(_ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer) throws(IOError) -> Transfer {
        if let session { try session.write(head, body) } else { try transmit(head, body) }
    }

    // MARK: System calls

    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Transfer {
        guard !isClosed else { throw .closedLocally }
        guard isReadable || hasHungUp else { return .wouldBlock }
        guard let count = try attempt("recv", { recv(descriptor, buffer.baseAddress, buffer.count, 0) }) else {
            isReadable = false
            return .wouldBlock
        }
        // A short read empties the socket; the next byte brings a new edge. A hang-up's edge has been, though.
        if count > 0, count < buffer.count, !hasHungUp { isReadable = false }
        return count > 0 ? .bytes(count) : .end
    }

    func transmit(_ buffer: UnsafeRawBufferPointer) throws(IOError) -> Transfer {
        guard !isClosed else { throw .closedLocally }
        let count = try attempt("send") { send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL)) }
        return note(count, of: buffer.count)
    }

    private func transmit(
        _ head: UnsafeRawBufferPointer,
        _ body: UnsafeRawBufferPointer
    ) throws(IOError) -> Transfer {
        guard !isClosed else { throw .closedLocally }
        var vectors = (
            iovec(iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress), iov_len: head.count),
            iovec(iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: body.count)
        )
        let count = try withUnsafeMutablePointer(to: &vectors) { pointer throws(IOError) -> Int? in
            try pointer.withMemoryRebound(to: iovec.self, capacity: 2) { vector throws(IOError) -> Int? in
                var message = msghdr()
                message.msg_iov = vector
                message.msg_iovlen = 2
                return try attempt("sendmsg") { sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL)) }
            }
        }
        return note(count, of: head.count + body.count)
    }

    private func note(_ count: Int?, of all: Int) -> Transfer {
        if count ?? 0 < all { isWritable = false }
        return count.map(Transfer.bytes) ?? .wouldBlock
    }

    /// Calls until no signal interrupts; `nil` if that would block.
    @inline(__always)
    private func attempt(_ name: IOError.StaticCall, _ call: () -> Int) throws(IOError) -> Int? {
        while true {
            let count = call()
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: return nil
            case ECONNRESET, EPIPE: throw .closedByPeer
            default: throw .system(name, errno)
            }
        }
    }
}
