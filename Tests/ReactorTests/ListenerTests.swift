import Glibc
import Testing

@testable import Reactor

@Suite("Listener") struct ListenerTests {
    let loop: EventLoop
    private let path = "/tmp/switchyard-listener-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"

    init() throws { loop = try EventLoop(name: "listener") }

    @Test func removesAStaleSocketFileAndLeavesALiveOne() async throws {
        let (loop, path) = (loop, path)
        let address = SocketAddress.unix(path: path)
        let outcome = try await Task(executorPreference: loop) {
            let stale = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            _ = address.withSockaddr { bind(stale, $0, $1) }
            close(stale)
            let first = try Listener(on: loop, address: address) { descriptor, _ in close(descriptor) }
            let error = #expect(throws: IOError.self) {
                try Listener(on: loop, address: address) { descriptor, _ in close(descriptor) }
            }
            first.close()
            return (error, access(path, F_OK))
        }.value
        #expect(outcome.0 == .system("bind unix:\(path)", EADDRINUSE))
        #expect(outcome.1 == -1)
    }

    /// A path that was mistyped must not cost somebody a file.
    @Test func leavesAFileThatIsNoSocket() async throws {
        let (loop, path) = (loop, path)
        let file = creat(path, 0o600)
        #expect(write(file, "precious", 8) == 8)
        close(file)
        defer { unlink(path) }
        await #expect(throws: IOError.system("bind unix:\(path)", EADDRINUSE)) {
            try await Task(executorPreference: loop) {
                _ = try Listener(on: loop, address: .unix(path: path)) { descriptor, _ in close(descriptor) }
            }.value
        }
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_size == 8)
    }

    @Test func opensAUnixSocketToItsOwnerAndGroupAlone() async throws {
        let (loop, path) = (loop, path)
        let mode = try await Task(executorPreference: loop) {
            let listener = try Listener(on: loop, address: .unix(path: path)) { descriptor, _ in close(descriptor) }
            defer { listener.close() }
            var status = stat()
            stat(path, &status)
            return status.st_mode & 0o7777
        }.value
        #expect(mode == 0o660)
    }

    @Test func sendsSmallPiecesAtOnceOverTCP() async throws {
        let loop = loop
        let delay = try await Task(executorPreference: loop) {
            let accepted = Waiter(on: loop)
            var delay: Int32 = -1
            let listener = try Listener(on: loop, address: SocketAddress("127.0.0.1:0")) { descriptor, _ in
                guard let socket = try? Socket(adopting: descriptor, on: loop) else { return }
                var length = socklen_t(MemoryLayout<Int32>.size)
                getsockopt(socket.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &delay, &length)
                socket.close()
                accepted.end(.ready)
            }
            defer { listener.close() }
            let client = connectBlocking(to: listener.address)
            defer { close(client) }
            _ = await accepted.wait(until: .patience)
            return delay
        }.value
        #expect(delay == 1)
    }

    /// Out of descriptors, a listener rests rather than spins, keeps who is there, and goes on when there are some again.
    @Test func outlivesALackOfDescriptors() async {
        await #expect(processExitsWith: .success) {
            let loop = try EventLoop(name: "lack")
            try await Task(executorPreference: loop) {
                var (accepted, held): (Int, [Int32]) = (0, [])
                let listener = try Listener(on: loop, address: SocketAddress("127.0.0.1:0")) { descriptor, _ in
                    accepted += 1
                    held.append(descriptor)
                }
                let clients = (0..<12).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
                // Room for four more descriptors at most: the runtime takes some of its own when it likes.
                let next = dup(clients[0])
                close(next)
                var limit = rlimit(rlim_cur: rlim_t(next + 4), rlim_max: rlim_t(next + 4))
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                for client in clients {
                    #expect(listener.address.withSockaddr { connect(client, $0, $1) } == 0)
                }
                let clock = threadCPU()
                try await loop.sleep(until: Instant.now.advanced(by: .milliseconds(250)))
                #expect(accepted <= 4)
                #expect(threadCPU() - clock < 60_000_000, "the loop must not spin")
                while accepted < 12 {
                    held.forEach { close($0) }
                    held = []
                    try await loop.sleep(until: Instant.now.advanced(by: .milliseconds(5)))
                }
                listener.close()
            }.value
        }
    }

    @Test func asksForAllTheDescriptorsItMayHave() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            #expect(getrlimit(resource, &limit) == 0)
            limit.rlim_cur = 64
            #expect(setrlimit(resource, &limit) == 0)
            #expect(DescriptorLimit.raise() == UInt64(limit.rlim_max))
            #expect(getrlimit(resource, &limit) == 0 && limit.rlim_cur == limit.rlim_max)
        }
    }

    /// Our listeners share a port, which another process could do as well.
    @Test(arguments: ["127.0.0.1:0", "[::1]:0"]) func tellsATakenPortFromAFreeOne(text: String) async throws {
        let loop = loop
        try await Task(executorPreference: loop) {
            let listener = try Listener(on: loop, address: SocketAddress(text)) { descriptor, _ in close(descriptor) }
            let address = listener.address
            #expect(throws: IOError.system("bind \(address)", EADDRINUSE)) { try Listener.checkUnused(address) }
            // A connection that has just ended waits a while for late packets, and is no obstacle.
            let client = connectBlocking(to: address)
            close(client)
            listener.close()
            try Listener.checkUnused(address)
        }.value
    }

    @Test(arguments: ["127.0.0.1:0", "[::1]:0"]) func saysWhichPortTheKernelChose(text: String) async throws {
        let loop = loop
        let port = try await Task(executorPreference: loop) {
            let listener = try Listener(on: loop, address: SocketAddress(text)) { descriptor, _ in close(descriptor) }
            defer { listener.close() }
            return listener.address.port
        }.value
        #expect(port > 0)
    }
}

/// A blocking client, connected as soon as the listener's backlog has it.
private func connectBlocking(to address: SocketAddress) -> Int32 {
    let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
    _ = address.withSockaddr { connect(descriptor, $0, $1) }
    return descriptor
}

/// Nanoseconds that this thread has had a core for.
private func threadCPU() -> Int {
    // Seconds and nanoseconds, not by their names: in some builds Swift 6.3 takes them for members of a module that
    // nobody can import.
    var time = [0, 0]
    time.withUnsafeMutableBytes { bytes in
        guard let clock = bytes.bindMemory(to: timespec.self).baseAddress else { return }
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, clock)
    }
    return time[0] * 1_000_000_000 + time[1]
}
