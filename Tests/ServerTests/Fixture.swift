import Glibc
import HTTP
import Reactor
import Server
import Synchronization
import Testing

/// A server on loops of its own, with a handler that a test gives.
final class Fixture: Sendable {
    let server: HTTPServer
    let loops: [EventLoop]

    private struct ClosureHandler: RequestHandler {
        let body: @Sendable (Exchange) async -> Void

        func respond(to exchange: Exchange) async { await body(exchange) }

        func fieldsOfRefusal(status: Int, reason: String, on loop: EventLoop) -> [UInt8] {
            Array("x-refused: \(status) \(reason)\r\n".utf8)
        }
    }

    init(
        _ addresses: [String] = ["127.0.0.1:0"],
        loops count: Int = 1,
        limits: ServerLimits = .tests,
        tls: TLSContext? = nil,
        handler: @escaping @Sendable (Exchange) async -> Void = Fixture.echo
    ) async throws {
        loops = try (0..<count).map { try EventLoop(name: "serve-\($0)") }
        server = HTTPServer(
            loops: loops,
            addresses: try addresses.map { try SocketAddress($0) },
            limits: limits,
            tls: tls,
            handler: ClosureHandler(body: handler)
        )
        try await server.start()
    }

    deinit {
        Task.detached { [server, loops] in
            await server.drain(deadline: .now)
            for loop in loops { loop.stop() }
        }
    }

    var address: SocketAddress { server.boundAddresses[0] }

    func connect(receiveBufferBytes: Int32? = nil) throws -> Client {
        try Client(address, receiveBufferBytes: receiveBufferBytes)
    }

    /// Lets every loop see what its descriptors have had until now.
    func takeEvents() async {
        // A job that comes in the middle of a turn may run in it, and the loop looks at its descriptors only after that.
        for loop in loops { for _ in 0..<2 { await loop.perform {} } }
    }

    /// Answers with the method, the target and the body.
    static let echo: @Sendable (Exchange) async -> Void = { exchange in
        let body = Array(exchange.head.methodBytes) + [0x20] + exchange.head.targetBytes + [0x20] + exchange.body
        await exchange.answer(body)
    }
}

extension Exchange {
    /// Answers 200, whether or not the client is still there.
    func answer(_ body: [UInt8]) async {
        try? await respond(status: 200, fields: Array("content-type: text/plain\r\n".utf8), body: body)
    }
}

extension ServerLimits {
    /// The default limits, with no patience for what a test does not do on purpose.
    static var tests: ServerLimits {
        var limits = ServerLimits()
        limits.lingerDurationMax = .milliseconds(300)
        return limits
    }

    init(_ change: (inout ServerLimits) -> Void) {
        self = .tests
        change(&self)
    }
}

/// A value that any thread reads and changes.
final class Shared<Value: Sendable>: Sendable {
    private let storage: Mutex<Value>

    init(_ value: Value) { storage = Mutex(value) }

    var value: Value { storage.withLock { $0 } }

    func update(_ change: @Sendable (inout Value) -> Void) { storage.withLock { change(&$0) } }
}

extension Shared<Bool> {
    /// Waits on `loop` until it is true.
    func becomesTrue(on loop: EventLoop) async {
        while !value { try? await loop.sleep(until: Instant.now.advanced(by: .milliseconds(1))) }
    }
}

/// Waits until `condition` holds, at most a minute.
func eventually(_ condition: () -> Bool) async throws -> Bool {
    for _ in 0..<12_000 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return condition()
}

extension Instant {
    /// Long enough for any machine; a test that waits for it has failed.
    static var patience: Instant { Instant.now.advanced(by: .seconds(60)) }
}

/// Runs each test on a thread of its own, which its blocking sockets may hold: the task pool has only few.
struct OwnThread: TestTrait, SuiteTrait, TestScoping {
    var isRecursive: Bool { true }

    func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? { testCase == nil ? nil : self }

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        try await withTaskExecutorPreference(loop) { try await function() }
    }
}

extension Trait where Self == OwnThread {
    /// Runs each test on a thread of its own.
    static var ownThread: Self { OwnThread() }
}
