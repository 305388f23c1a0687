internal import CLinux
internal import Glibc

/// A connected stream socket on one loop, for one task: reads and writes at once where it can, waits where it must.
///
/// It is registered once, edge-triggered, for its whole life. `isReadable` and `isWritable` remember the last edge; a
/// short read or write clears them. A hang-up is told to `onHangUp` in the same turn, whatever the task waits for.
public final class Socket: ReadinessHandler {
    /// What a read or write that does not wait came to.
    public enum Transfer: Sendable {
        /// This many bytes, at least one.
        case bytes(Int)
        /// Nothing for now: wait.
        case wouldBlock
        /// The peer has closed its side; reads only.
        case end
    }

    /// The loop that the socket lives on.
    public let loop: EventLoop
    /// Called once, when the peer has gone (or half-closed) or the connection failed; cleared by ``close()``.
    public var onHangUp: (() -> Void)?

    let descriptor: Int32
    private var registration: Registration?
    private var isReadable = true
    private var isWritable = true
    private var hasHungUp = false
    private let reader: Waiter
    private let writer: Waiter

    /// Takes over a connected, non-blocking descriptor and closes it in the end.
    ///
    /// - Throws: ``IOError`` if the loop can watch no more; the descriptor is closed then.
    public init(adopting descriptor: Int32, on loop: EventLoop) throws(IOError) {
        self.descriptor = descriptor
        self.loop = loop
        reader = Waiter(on: loop)
        writer = Waiter(on: loop)
        do throws(IOError) {
            registration = try loop.register(descriptor, for: .connection, handler: self)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Whether ``close()`` was called.
    public var isClosed: Bool { registration == nil }

    /// Closes both directions and tells whoever waits.
    ///
    /// - Parameter resetting: Whether the peer gets a reset, and no byte that is still unsent.
    public func close(resetting: Bool = false) {
        guard let registration else { return }
        self.registration = nil
        onHangUp = nil
        loop.unregister(registration)
        if resetting {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        Glibc.close(descriptor)
        reader.end(.closed)
        writer.end(.closed)
    }

    /// Ends the writing direction: the peer reads all that was sent and then the end.
    public func shutdownWriting() {
        if !isClosed { shutdown(descriptor, Int32(SHUT_WR)) }
    }

    // MARK: Reading

    /// Reads what has come into `buffer`, without waiting.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Transfer {
        guard !isClosed else { throw .closedLocally }
        guard isReadable || hasHungUp else { return .wouldBlock }
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                // A short read empties the socket; the next byte brings a new edge. A hang-up's edge has been, though.
                if count < buffer.count, !hasHungUp { isReadable = false }
                return .bytes(count)
            }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                isReadable = false
                return .wouldBlock
            case ECONNRESET, EPIPE: throw .closedByPeer
            default: throw .system("recv", errno)
            }
        }
    }

    /// Waits until a read would do something other than block.
    public func waitUntilReadable(deadline: Instant) async throws(IOError) {
        try await wait(reader, deadline) { isReadable || hasHungUp }
    }

    // MARK: Writing

    /// Writes as much of `buffer` as there is room for, without waiting.
    public func write(_ buffer: UnsafeRawBufferPointer) throws(IOError) -> Transfer {
        guard !isClosed else { throw .closedLocally }
        while true {
            let count = send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            if count >= 0 {
                if count < buffer.count { isWritable = false }
                return .bytes(count)
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                isWritable = false
                return .wouldBlock
            case ECONNRESET, EPIPE: throw .closedByPeer
            default: throw .system("send", errno)
            }
        }
    }

    /// Writes two buffers, a head and a body, as one.
    public func write(_ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer) throws(IOError) -> Transfer {
        guard !isClosed else { throw .closedLocally }
        var vectors = (
            iovec(iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress), iov_len: head.count),
            iovec(iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: body.count)
        )
        return try withUnsafeMutablePointer(to: &vectors) { pointer throws(IOError) -> Transfer in
            try pointer.withMemoryRebound(to: iovec.self, capacity: 2) { vector throws(IOError) -> Transfer in
                var message = msghdr()
                message.msg_iov = vector
                message.msg_iovlen = 2
                while true {
                    let count = sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
                    if count >= 0 {
                        if count < head.count + body.count { isWritable = false }
                        return .bytes(count)
                    }
                    switch errno {
                    case EINTR: continue
                    case EAGAIN:
                        isWritable = false
                        return .wouldBlock
                    case ECONNRESET, EPIPE: throw .closedByPeer
                    default: throw .system("sendmsg", errno)
                    }
                }
            }
        }
    }

    /// Waits until there is room to write.
    public func waitUntilWritable(deadline: Instant) async throws(IOError) {
        try await wait(writer, deadline) { isWritable }
    }

    // MARK: Events

    /// Takes the loop's events.
    public func ready(_ readiness: Readiness) {
        if readiness.contains(.readable) {
            isReadable = true
            reader.end(.ready)
        }
        if readiness.contains(.writable) {
            isWritable = true
            writer.end(.ready)
        }
        guard !readiness.isDisjoint(with: [.readHangUp, .hangUp, .failed]), !hasHungUp else { return }
        hasHungUp = true
        isWritable = true  // a write then fails at once, rather than waiting for room that never comes
        reader.end(.ready)
        if !readiness.isDisjoint(with: [.hangUp, .failed]) { writer.end(.ready) }
        onHangUp?()
    }

    private func wait(_ waiter: Waiter, _ deadline: Instant, until isReady: () -> Bool) async throws(IOError) {
        guard !isClosed else { throw .closedLocally }
        guard !isReady() else { return }
        switch await waiter.wait(until: deadline) {
        case .ready: return
        case .timedOut: throw .timedOut
        case .cancelled: throw .cancelled
        case .closed: throw .closedLocally
        }
    }
}
