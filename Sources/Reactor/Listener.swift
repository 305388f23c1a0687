internal import CLinux
internal import Glibc

/// A listening socket on one loop; several loops may listen on one TCP address and the kernel deals connections out.
public final class Listener: ReadinessHandler {
    /// The address that it is bound to, with the port that the kernel chose where 0 was asked for.
    public let address: SocketAddress
    private let loop: EventLoop
    private let descriptor: Int32
    private var registration: Registration?
    private let accept: (Int32, SocketAddress?) -> Void
    private let pause: Timer

    /// Binds `address` and hands each accepted descriptor, non-blocking and owned by the callee, to `accept`.
    ///
    /// A stale Unix socket is removed first, but only if nothing answers on it. The new one is for its owner and the
    /// owner's group alone (mode 0660, whatever the umask): what may be asked of a gateway on this machine's sockets is
    /// for those who run it to say.
    ///
    /// - Throws: ``IOError`` if the address is taken or not this machine's.
    public init(
        on loop: EventLoop,
        address: SocketAddress,
        backlog: Int32 = 4096,
        accept: @escaping (Int32, SocketAddress?) -> Void
    ) throws(IOError) {
        self.loop = loop
        self.accept = accept
        pause = Timer(on: loop)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = socket(address.family, type, 0)
        guard descriptor >= 0 else { throw .system("socket", errno) }
        do throws(IOError) {
            self.address = try Self.listen(descriptor, on: address, backlog: backlog)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        do throws(IOError) {
            registration = try loop.register(descriptor, for: .readable, handler: self)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        pause.action = { [unowned self] in watch(for: .readable) }
    }

    /// Makes sure that nobody listens on `address` yet.
    ///
    /// Listeners share a TCP port (SO_REUSEPORT), which another process of the same user may do as well: the kernel would
    /// give it a part of the connections, in silence. A socket that does not share finds that out.
    ///
    /// - Throws: ``IOError`` if the address is taken or not this machine's.
    public static func checkUnused(_ address: SocketAddress) throws(IOError) {
        if case .unix = address { return }
        let probe = socket(address.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { throw .system("socket", errno) }
        defer { Glibc.close(probe) }
        // Connections of a process that has just ended are no obstacle.
        setOption(probe, SOL_SOCKET, SO_REUSEADDR)
        try bind(probe, to: address)
    }

    /// Takes no more connections.
    public func close() {
        guard let registration else { return }
        self.registration = nil
        pause.disarm()
        pause.action = nil
        loop.unregister(registration)
        // First, while it still answers: a file that does not may be a successor's by then.
        if case .unix(let path) = address { unlink(path) }
        Glibc.close(descriptor)
    }

    /// Accepts what has come, at most 64 at a time so that a flood does not starve the connections that are open.
    public func ready(_ readiness: Readiness) {
        for _ in 0..<64 {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = cl_accept(descriptor, &storage, &length)
            guard accepted >= 0 else {
                switch errno {
                case EINTR, ECONNABORTED: continue
                case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                    // The connection stays in the backlog and would be reported again at once, for ever.
                    watch(for: [])
                    pause.arm(at: loop.now.advanced(by: .milliseconds(100)))
                default: break
                }
                return
            }
            accept(accepted, SocketAddress(storage))
        }
    }

    private func watch(for readiness: Readiness) {
        guard let registration else { return }
        loop.modify(registration, descriptor: descriptor, for: readiness)
    }

    private static func listen(
        _ descriptor: Int32,
        on address: SocketAddress,
        backlog: Int32
    ) throws(IOError) -> SocketAddress {
        if case .unix(let path) = address {
            removeStale(path)
        } else {
            setOption(descriptor, SOL_SOCKET, SO_REUSEADDR)
            setOption(descriptor, SOL_SOCKET, SO_REUSEPORT)
        }
        return try take(descriptor, at: address, backlog: backlog)
    }

    /// Binds `address` and listens, unless there is no backlog; returns it with its port.
    static func take(
        _ descriptor: Int32,
        at address: SocketAddress,
        backlog: Int32?
    ) throws(IOError) -> SocketAddress {
        try bind(descriptor, to: address)
        // Nobody can connect before `listen`, so nobody gets in between.
        if case .unix(let path) = address, chmod(path, 0o660) != 0 { throw .system("chmod \(address)", errno) }
        if let backlog, Glibc.listen(descriptor, backlog) != 0 { throw .system("listen \(address)", errno) }
        if case .unix = address { return address }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
        }
        return SocketAddress(storage) ?? address
    }

    private static func bind(_ descriptor: Int32, to address: SocketAddress) throws(IOError) {
        if case .ipv6 = address { setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY) }
        guard address.withSockaddr({ Glibc.bind(descriptor, $0, $1) }) == 0 else {
            throw .system("bind \(address)", errno)
        }
    }

    private static func setOption(_ descriptor: Int32, _ level: Int32, _ name: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, level, name, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Removes a socket file that a killed process left behind; a live one still answers and stays, as does any file
    /// that is no socket: that refuses connections too.
    private static func removeStale(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { return }
        defer { Glibc.close(probe) }
        let code = SocketAddress.unix(path: path).withSockaddr { Glibc.connect(probe, $0, $1) }
        if code != 0, errno == ECONNREFUSED { unlink(path) }
    }
}
