internal import CCurl
internal import Glibc
internal import Reactor

/// libcurl's multi handle on one loop: its sockets are the loop's, its timeout is one of the loop's timers.
///
/// libcurl calls back only to say what to watch and when to come back; what is done is found after each
/// `curl_multi_socket_action`, outside of any callback.
final class MultiHandle {
    let loop: EventLoop
    private let pointer: UnsafeMutableRawPointer
    private let share: UnsafeMutableRawPointer
    private let timer: Timer
    private var sockets: [Int32: WatchedSocket] = [:]
    /// The connection of each transfer that has one.
    private var connections: [UnsafeMutableRawPointer: ConnectionKey] = [:]

    /// libcurl's global state, made once in a process.
    private static let globalState = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    init(on loop: EventLoop) {
        precondition(Self.globalState == CURLE_OK, "libcurl cannot start")
        guard let pointer = curl_multi_init(), let share = curl_share_init() else {
            preconditionFailure("libcurl is out of memory")
        }
        self.loop = loop
        self.pointer = pointer
        self.share = share
        timer = Timer(on: loop)
        // One thread: the share needs no locks. Sessions resumed save a TLS handshake most of its cost.
        cc_share(share, CURL_LOCK_DATA_SSL_SESSION)
        timer.action = { [unowned self] in act(CURL_SOCKET_TIMEOUT, 0) }
        let context = Unmanaged.passUnretained(self).toOpaque()
        cc_watch_sockets(
            pointer,
            { _, descriptor, what, context, _ in
                guard let context else { return -1 }
                return Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue().watch(descriptor, for: what)
            },
            context
        )
        cc_watch_timer(
            pointer,
            { _, milliseconds, context in
                guard let context else { return -1 }
                Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue().wake(after: milliseconds)
                return 0
            },
            context
        )
    }

    deinit {
        timer.action = nil
        // Closing a descriptor ends its watch by itself; only the loop's own thread may tidy its table.
        if loop.isCurrent { for socket in sockets.values { socket.unregister() } }
        sockets = [:]
        curl_multi_cleanup(pointer)
        curl_share_cleanup(share)
    }

    /// Starts a handle's work at once, rather than in the loop's next turn.
    func add(_ handle: EasyHandle) {
        handle.set(CURLOPT_SHARE, pointer: share)
        curl_multi_add_handle(pointer, handle.pointer)
        act(CURL_SOCKET_TIMEOUT, 0)
    }

    /// Takes a handle back, which ends its work if it `isCut`.
    func remove(_ handle: EasyHandle, isCut: Bool) {
        curl_multi_remove_handle(pointer, handle.pointer)
        if let connection = connections.removeValue(forKey: handle.pointer), isCut { flush(connection) }
    }

    /// Takes note that a transfer is on a connection, which it may share.
    func note(_ handle: EasyHandle, on connection: ConnectionKey) { connections[handle.pointer] = connection }

    /// Makes libcurl send what it has queued on a connection, if a transfer still uses it.
    ///
    /// Ending one HTTP/2 stream of several only queues the frame that says so (libcurl 7.88), until the connection moves
    /// for another reason. Resuming a stream is such a reason, and changes nothing if it was not paused.
    private func flush(_ connection: ConnectionKey) {
        guard let other = connections.first(where: { $0.value == connection }) else { return }
        curl_easy_pause(other.key, CURLPAUSE_RECV)
        curl_easy_pause(other.key, CURLPAUSE_CONT)
    }

    /// Tells libcurl what a socket is ready for, or that time has passed, and handles what that completes.
    func act(_ descriptor: Int32, _ events: Int32) {
        var running: Int32 = 0
        curl_multi_socket_action(pointer, descriptor, events, &running)
        var code = CURLE_OK
        while let done = cc_next_done(pointer, &code) { EasyHandle.of(done)?.finish(code) }
    }

    private func wake(after milliseconds: Int) {
        if milliseconds < 0 {
            timer.disarm()
        } else {
            // By the clock, not by when the turn began: libcurl does not ask again if it is woken early.
            timer.arm(at: Instant.now.advanced(by: .milliseconds(milliseconds)))
        }
    }

    // MARK: Sockets

    /// Takes note of a socket that libcurl will close through ``closeSocket(_:)``.
    func socketOpened(_ descriptor: Int32) {
        sockets[descriptor] = WatchedSocket(descriptor, of: self, isClosedThroughUs: true)
    }

    func closeSocket(_ descriptor: Int32) -> Int32 {
        sockets.removeValue(forKey: descriptor)?.unregister()
        return Glibc.close(descriptor)
    }

    /// Stops watching a socket that somebody else now does.
    func release(_ descriptor: Int32) { sockets[descriptor]?.unregister() }

    private func watch(_ descriptor: Int32, for what: Int32) -> Int32 {
        if what == CURL_POLL_REMOVE {
            guard let socket = sockets[descriptor] else { return 0 }
            if socket.isClosedThroughUs {
                socket.rest()
            } else {
                // The resolver's: closed behind our back, so its number may come back as another socket's.
                socket.unregister()
                sockets[descriptor] = nil
            }
            return 0
        }
        let socket = sockets[descriptor] ?? WatchedSocket(descriptor, of: self, isClosedThroughUs: false)
        sockets[descriptor] = socket
        var readiness: Readiness = []
        if what != CURL_POLL_OUT { readiness.insert(.readable) }
        if what != CURL_POLL_IN { readiness.insert(.writable) }
        return socket.watch(for: readiness) ? 0 : -1
    }
}

/// What tells one of libcurl's open connections from the others: its two ends.
struct ConnectionKey: Hashable {
    let localAddress: String
    let localPort: Int32
    let peerAddress: String
    let peerPort: Int32
}

/// One of libcurl's sockets in the loop's epoll, level-triggered.
///
/// When libcurl wants no more events it stays registered, since it usually will again: the next transfer on the same
/// connection then costs no `epoll_ctl`. An event that comes while it rests ends the registration, or epoll would
/// report it for ever.
final class WatchedSocket: ReadinessHandler {
    let isClosedThroughUs: Bool
    private let descriptor: Int32
    private let loop: EventLoop
    private unowned let multi: MultiHandle
    private var registration: Registration?
    private var watched: Readiness = []
    private var rests = true

    init(_ descriptor: Int32, of multi: MultiHandle, isClosedThroughUs: Bool) {
        self.descriptor = descriptor
        self.multi = multi
        loop = multi.loop
        self.isClosedThroughUs = isClosedThroughUs
    }

    /// Watches for `readiness`; `false` where the kernel refuses.
    func watch(for readiness: Readiness) -> Bool {
        rests = false
        guard registration == nil || watched != readiness else { return true }
        watched = readiness
        if let registration {
            loop.modify(registration, descriptor: descriptor, for: readiness)
        } else {
            registration = try? loop.register(descriptor, for: readiness, handler: self)
        }
        return registration != nil
    }

    func rest() { rests = true }

    func unregister() {
        guard let registration else { return }
        self.registration = nil
        loop.unregister(registration, descriptor: descriptor)
    }

    func ready(_ readiness: Readiness) {
        guard !rests else { return unregister() }
        var events: Int32 = 0
        if readiness.contains(.readable) { events |= CURL_CSELECT_IN }
        if readiness.contains(.writable) { events |= CURL_CSELECT_OUT }
        if !readiness.isDisjoint(with: [.hangUp, .failed]) { events |= CURL_CSELECT_ERR }
        multi.act(descriptor, events)
    }
}
