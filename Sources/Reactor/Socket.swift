internal import CLinux
internal import Glibc

/// A connected stream socket on one loop, for one task: reads and writes at once where it can, waits where it must.
///
/// It is registered once, edge-triggered, for its whole life. `isReadable` and `isWritable` remember the last edge; a
/// short read or write clears them. A hang-up is told to `onHangUp` in the same turn, whatever the task waits for.
///
/// After ``startTLS(_:deadline:)`` the same calls carry TLS. Read until ``Transfer/wouldBlock`` before waiting: bytes may
/// be decrypted already that no edge will announce.
public final class Socket: ReadinessHandler {
    /// The loop that the socket lives on.
    public let loop: EventLoop
    /// Called when the peer closes its side, and again when the connection has failed (see ``hasFailed``); cleared by
    /// ``close(resetting:)``.
    public var onHangUp: (() -> Void)?
    /// Whether the peer has closed its side or the connection failed; what came before may still be unread.
    public private(set) var hasHungUp = false
    /// Whether the connection is gone in both directions: a reset, or an error.
    public private(set) var hasFailed = false

    let descriptor: Int32
    private var registration: Registration?
    var isReadable = true
    var isWritable = true
    private(set) var session: TLSSession?
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
        if !resetting { session?.sendCloseNotify() }
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
        guard !isClosed else { return }
        session?.sendCloseNotify()
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Holds at most about this many bytes unsent in the kernel: beyond, writes block (TCP_NOTSENT_LOWAT).
    ///
    /// What is sent and not yet acknowledged does not count, so fast and distant peers lose nothing. TCP only.
    public func limitUnsentBytes(_ bytesMax: Int) {
        var value = Int32(clamping: bytesMax)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    // MARK: TLS

    /// Turns the connection to TLS: shakes hands, as the server that `context` is for.
    ///
    /// - Throws: ``IOError/tls(_:)`` for a peer that does not speak it or is refused, ``IOError/timedOut``; close then.
    public func startTLS(_ context: TLSContext, deadline: Instant) async throws(IOError) {
        let session = try TLSSession(context, over: self)
        self.session = session
        while true {
            switch try session.handshake() {
            case .nothing: return
            case .readable: try await wait(reader, deadline) { isReadable || hasHungUp }
            case .writable: try await wait(writer, deadline) { isWritable }
            }
        }
    }

    // MARK: Waiting

    /// Waits until a read would do something other than block.
    ///
    /// - Parameters:
    ///   - deadline: When to give up, with ``IOError/timedOut``.
    ///   - ignoringCancellation: Whether a cancelled task waits on; for one that ``close(resetting:)`` stops as well.
    /// - Throws: ``IOError``.
    public func waitUntilReadable(deadline: Instant, ignoringCancellation: Bool = false) async throws(IOError) {
        switch session?.readNeeds {
        case nil, .readable:
            guard !isReadable, !hasHungUp, !isClosed else { return }
            let reason =
                ignoringCancellation
                ? await reader.waitIgnoringCancellation(until: deadline) : await reader.wait(until: deadline)
            try Self.check(reason)
        case .writable: try await wait(writer, deadline) { isWritable }
        case .nothing: return
        }
    }

    /// Waits until there is room to write.
    public func waitUntilWritable(deadline: Instant) async throws(IOError) {
        if session?.writeNeeds == .readable {
            try await wait(reader, deadline) { isReadable || hasHungUp }
        } else {
            try await wait(writer, deadline) { isWritable }
        }
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
        let isOver = !readiness.isDisjoint(with: [.hangUp, .failed])
        if isOver ? !hasFailed : !hasHungUp && readiness.contains(.readHangUp) { hangUp(isOver: isOver) }
    }

    private func hangUp(isOver: Bool) {
        hasHungUp = true
        reader.end(.ready)
        if isOver {
            hasFailed = true
            isWritable = true  // a write then fails at once, rather than waiting for room that never comes
            writer.end(.ready)
        }
        onHangUp?()
    }

    private func wait(_ waiter: Waiter, _ deadline: Instant, until isReady: () -> Bool) async throws(IOError) {
        guard !isClosed else { throw .closedLocally }
        guard !isReady() else { return }
        try Self.check(await waiter.wait(until: deadline))
    }

    private static func check(_ reason: Waiter.Reason) throws(IOError) {
        switch reason {
        case .ready: return
        case .timedOut: throw .timedOut
        case .cancelled: throw .cancelled
        case .closed: throw .closedLocally
        }
    }
}
