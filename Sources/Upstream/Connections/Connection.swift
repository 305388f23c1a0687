internal import CCurl
internal import Glibc
internal import Reactor

/// One connection that libcurl made and secured, on one loop; carries one exchange at a time.
///
/// States: in use ⇄ idle → closed. It is registered once, edge-triggered: `isReadable` and `isWritable` remember the
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

    private(set) var isReadable: Bool
    private(set) var isWritable = true
    /// Whether the peer has closed or half-closed.
    private(set) var hasHungUp = false
    /// Whether an exchange was completed on it.
    private(set) var isReused = false
    /// Since when nobody uses it; `nil` while somebody does.
    var idleSince: Instant?

    /// Takes over the connection that `handle` has made.
    init(_ handle: EasyHandle, isEncrypted: Bool, in pool: ConnectionPool) throws(UpstreamError) {
        guard let descriptor = handle.socket else { throw .connectRefused(reason: "libcurl lost the connection") }
        self.handle = handle
        self.descriptor = descriptor
        self.isEncrypted = isEncrypted
        self.pool = pool
        waiter = Waiter(on: handle.multi.loop)
        isReadable = isEncrypted  // the handshake may have read ahead, and no edge tells of that
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

    /// Reads what has come, without waiting.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        guard !isClosed else { return .broken(reason: "closed") }
        return isEncrypted ? receiveThroughLibcurl(buffer) : receivePlain(buffer)
    }

    private func receivePlain(_ buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                // A short read empties the socket; the next byte brings a new edge. A hang-up's edge has been, though.
                if count < buffer.count, !hasHungUp { isReadable = false }
                return .bytes(count)
            }
            if count == 0 { return .end }
            let code = errno
            if code == EINTR { continue }
            isReadable = false
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
        isReadable = false
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
        isReadable = true  // what the peer said before it left may still be there
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
            isReadable = true
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
    func wait(until deadline: Instant, toWrite: Bool) async -> Waiter.Reason {
        guard !isClosed else { return .closed }
        guard !isReadable, !(toWrite && isWritable) else { return .ready }
        wantsToWrite = toWrite
        return await waiter.wait(until: deadline)
    }

    private var wantsToWrite = false

    func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) { isWritable = true }
        if !readiness.isDisjoint(with: [.readHangUp, .hangUp, .failed]) { hasHungUp = true }
        let hasCome = hasHungUp || readiness.contains(.readable)
        isReadable = isReadable || hasCome
        if idleSince != nil {
            if hasCome, !isQuiet() { close() }
        } else if isReadable || (isWritable && wantsToWrite) {
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
