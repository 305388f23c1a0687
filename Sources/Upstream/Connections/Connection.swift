internal import CCurl
internal import Glibc
internal import Reactor

/// One connection that libcurl made and secured, on one loop; carries one exchange at a time.
///
/// States: in use ⇄ idle → closed. It is registered once, edge-triggered: `hasUnread` and `isWritable` remember the
/// last edge, and a transfer that could not do all it was asked to clears them. While it idles nothing should come, so
/// whatever does come ends it.
final class Connection: ReadinessHandler {
    /// What a read or a write came to.
    enum Transfer {
        /// This many bytes, at least one.
        case bytes(Int)
        /// Nothing for now: wait.
        case wouldBlock
        /// The peer has closed its side; reads only.
        case end
        /// The connection broke.
        case broken(reason: String)
    }

    let pool: ConnectionPool
    private let handle: EasyHandle
    private let descriptor: Int32
    private let isEncrypted: Bool
    private var registration: Registration?
    private let waiter: Waiter
    /// Whether bytes went out through libcurl.
    ///
    /// Its cache drops a connection that it believes unused (too old, or with bytes to read); the first send through
    /// libcurl makes the connection the handle's. After that, plain bytes need nothing of it.
    private var isClaimed = false

    /// Whether the last edge told of bytes, or of the end, and no read has found nothing since.
    private var hasUnread: Bool
    private(set) var isWritable = true
    /// The loop's turn of the last read, and how much was read in it.
    private var turn = Instant.never
    private var bytesOfTurn = 0
    private let bytesPerTurnMax: Int
    /// Whether the peer has closed or half-closed.
    private(set) var hasHungUp = false
    /// Whether an exchange was completed on it.
    private(set) var isReused = false
    /// Since when nobody uses it; `nil` while somebody does.
    var idleSince: Instant?

    /// Takes over the connection that `handle` has made.
    init(_ handle: EasyHandle, isEncrypted: Bool, in pool: ConnectionPool, bytesPerTurnMax: Int) throws(UpstreamError) {
        guard let descriptor = handle.socket else { throw .connectRefused(reason: "libcurl lost the connection") }
        self.handle = handle
        self.descriptor = descriptor
        self.isEncrypted = isEncrypted
        self.pool = pool
        self.bytesPerTurnMax = bytesPerTurnMax
        waiter = Waiter(on: handle.multi.loop)
        hasUnread = isEncrypted  // the handshake may have read ahead, and no edge tells of that
        handle.multi.release(descriptor)
        do throws(IOError) {
            registration = try handle.multi.loop.register(descriptor, for: .connection, handler: self)
        } catch {
            throw .connectRefused(reason: error.description)
        }
        pool.metrics.connected()
    }

    private var loop: EventLoop { handle.multi.loop }

    /// Whether ``close(keepingSlot:)`` was called.
    var isClosed: Bool { registration == nil }

    /// Closes the connection at once; whoever waits for it is told.
    ///
    /// - Parameter keepingSlot: Whether the caller opens another one in its place.
    func close(keepingSlot: Bool = false) {
        guard let registration else { return }
        self.registration = nil
        loop.unregister(registration)
        handle.close()
        pool.metrics.closed()
        pool.connectionClosed(self, keepingSlot: keepingSlot)
        waiter.end(.closed)
    }

    /// The exchange is complete: the next one may use the connection.
    func release() {
        isReused = true
        pool.release(self)
    }

    // MARK: Bytes

    /// Whether there may be something to read, and this turn's share is not used up.
    var isReadable: Bool { hasUnread && !hasHadItsShare }

    /// Whether so much was read in this turn that the loop's other connections come first.
    ///
    /// A backend that sends as fast as we read, to a client that reads as fast as we send, would otherwise never let go.
    private var hasHadItsShare: Bool { bytesOfTurn >= bytesPerTurnMax && turn == loop.now }

    /// Reads what has come, without waiting.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        guard !isClosed else { return .broken(reason: "closed") }
        let transfer = isEncrypted ? receiveThroughLibcurl(buffer) : receivePlain(buffer)
        if case .bytes(let count) = transfer {
            if turn != loop.now { (turn, bytesOfTurn) = (loop.now, 0) }
            bytesOfTurn += count
        }
        return transfer
    }

    private func receivePlain(_ buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                // A short read empties the socket; the next byte brings a new edge. A hang-up's edge has been, though.
                if count < buffer.count, !hasHungUp { hasUnread = false }
                return .bytes(count)
            }
            if count == 0 { return .end }
            let code = errno
            if code == EINTR { continue }
            hasUnread = false
            return code == EAGAIN ? .wouldBlock : .broken(reason: String(cString: strerror(code)))
        }
    }

    /// TLS may hold decrypted bytes that no edge tells of: only `CURLE_AGAIN` says that there are no more.
    private func receiveThroughLibcurl(_ buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        var count = 0
        let code = curl_easy_recv(handle.pointer, buffer.baseAddress, buffer.count, &count)
        if code == CURLE_OK, count > 0 { return .bytes(count) }
        // Whoever can cut the connection could otherwise cut an answer short unseen: RFC 9112, §9.8.
        if code == CURLE_OK { return cc_tls_has_ended(handle.pointer) != 0 ? .end : .broken(reason: "cut") }
        hasUnread = false
        return code == CURLE_AGAIN ? .wouldBlock : .broken(reason: handle.reason)
    }

    /// Writes as much of `bytes` as there is room for, without waiting.
    func send(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        guard !isClosed else { return .broken(reason: "closed") }
        guard isEncrypted || !isClaimed else { return sendPlain(bytes) }
        isClaimed = true
        var count = 0
        let code = curl_easy_send(handle.pointer, bytes.baseAddress, bytes.count, &count)
        if code == CURLE_OK, count > 0 { return sent(count, of: bytes) }
        isWritable = false
        if code == CURLE_OK || code == CURLE_AGAIN { return .wouldBlock }
        hasUnread = true  // what the peer said before it left may still be there
        return .broken(reason: handle.reason)
    }

    private func sendPlain(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        while true {
            let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return sent(count, of: bytes) }
            let code = errno
            if code == EINTR { continue }
            isWritable = false
            if code == EAGAIN { return .wouldBlock }
            hasUnread = true
            return .broken(reason: String(cString: strerror(code)))
        }
    }

    private func sent(_ count: Int, of bytes: UnsafeRawBufferPointer) -> Transfer {
        // TLS sends at most a record at a time, so there a short write says nothing.
        if count < bytes.count, !isEncrypted { isWritable = false }
        return .bytes(count)
    }

    // MARK: Events

    /// Waits until bytes can be read, or written where that is wanted.
    ///
    /// `onReadable` reads what has come in the place of the task, which waits on while that says so.
    func wait(
        until deadline: Instant,
        toWrite: Bool,
        onReadable: (() -> Bool)? = nil
    ) async -> Waiter.Reason {
        self.onReadable = onReadable
        guard !isClosed else { return .closed }
        guard !isReadable, !(toWrite && isWritable) else { return .ready }
        wantsToWrite = toWrite
        guard hasUnread else { return await waiter.wait(until: deadline) }
        // Until the next turn.
        let reason = await waiter.wait(until: loop.now)
        return reason == .timedOut && loop.now < deadline ? .ready : reason
    }

    /// Moves the deadline of the wait.
    func extendWait(until deadline: Instant) { waiter.extend(until: deadline) }

    private var wantsToWrite = false
    private var onReadable: (() -> Bool)?

    func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) { isWritable = true }
        if !readiness.isDisjoint(with: [.readHangUp, .hangUp, .failed]) { hasHungUp = true }
        let hasCome = hasHungUp || readiness.contains(.readable)
        hasUnread = hasUnread || hasCome
        if idleSince != nil {
            if hasCome, !isQuiet() { close() }
        } else if hasUnread || (isWritable && wantsToWrite) {
            if waiter.isWaiting, let onReadable, onReadable(), !hasUnread { return }
            onReadable = nil
            waiter.end(.ready)
        }
    }

    /// Whether what came on an idle connection is TLS's own affair (a session ticket), not data and not the end.
    private func isQuiet() -> Bool {
        guard isEncrypted else { return false }
        return withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { buffer in
            if case .wouldBlock = receiveThroughLibcurl(buffer) { true } else { false }
        }
    }
}
