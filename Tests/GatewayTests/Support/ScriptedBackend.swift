import HTTP
import Reactor
import Server
import Synchronization

/// A backend that answers as its test says, on a loop of its own, and remembers what it was asked.
final class ScriptedBackend: Sendable {
    struct Request: Sendable {
        let path: String
        let fields: [String: String]
        let body: String
        let at: Instant
    }

    /// Answers the request that came as number `index`, from 0.
    typealias Play = @Sendable (_ exchange: Exchange, _ index: Int) async throws -> Void

    private final class Player: RequestHandler {
        let play: Play
        let requests = Mutex<[Request]>([])

        init(play: @escaping Play) { self.play = play }

        func respond(to exchange: Exchange) async {
            let head = exchange.head
            let fields = head.fields.map { ($0.name.text.lowercased(), $0.value.text) }
            let request = Request(
                path: head.targetBytes.text,
                fields: Dictionary(fields) { first, _ in first },
                body: exchange.body.text,
                at: .now
            )
            let index = requests.withLock { requests in
                requests.append(request)
                return requests.count - 1
            }
            // A gateway that hangs up is what some tests are about.
            try? await play(exchange, index)
        }
    }

    private let loop: EventLoop
    private let server: HTTPServer
    private let player: Player

    init(_ play: @escaping Play) async throws {
        loop = try EventLoop(name: "backend")
        player = Player(play: play)
        server = HTTPServer(
            loops: [loop],
            addresses: [try SocketAddress("127.0.0.1:0")],
            limits: ServerLimits(),
            tls: nil,
            handler: player
        )
        try await server.start()
    }

    deinit {
        Task { [server, loop] in
            await server.drain(deadline: .now)
            loop.stop()
        }
    }

    /// The base URL of its API.
    var url: String { "http://\(server.boundAddresses[0])/v1" }
    /// What it was asked, the first first.
    var requests: [Request] { player.requests.withLock { $0 } }
    /// How many requests it is answering.
    var inFlight: Int { Int(server.metrics.inFlight) }

    // MARK: Usual parts

    /// Answers every chat.
    static func sound() async throws -> ScriptedBackend {
        try await ScriptedBackend { exchange, _ in try await exchange.answerChat() }
    }

    /// Refuses every request.
    static func failing(
        _ status: Int,
        fields: String = "",
        body: String = #"{"error":{"message":"no"}}"#
    ) async throws
        -> ScriptedBackend
    {
        try await ScriptedBackend { exchange, _ in try await exchange.json(body, status: status, fields: fields) }
    }

    /// Never answers.
    static func silent() async throws -> ScriptedBackend {
        try await ScriptedBackend { exchange, _ in try await exchange.hang() }
    }
}

/// Holds a backend up until its test lets it go on.
final class Gate: Sendable {
    private let isOpen = Mutex(false)

    func open() { isOpen.withLock { $0 = true } }

    /// Waits on `exchange`'s loop until the gate is open.
    func wait(_ exchange: Exchange) async throws {
        while !isOpen.withLock({ $0 }) { try await exchange.pause(.milliseconds(1)) }
    }
}

/// What backends say.
enum Chat {
    /// A whole answer of 100 prompt tokens and 20 of its own: 360,000 nanodollars at the prices of ``entry(_:at:_:)``.
    static let answer = whole(content: "Hello", usage: usage)
    static let usage = #"{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120}"#
    static let costNanodollars: Int64 = 360_000

    static func whole(content: String, usage: String?) -> String {
        #"{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":"#
            + #"{"role":"assistant","content":"\#(content)"},"finish_reason":"stop"}]"#
            + (usage.map { #","usage":\#($0)}"# } ?? "}")
    }

    static let role = chunk(#"{"role":"assistant","content":""}"#)
    static let hello = chunk(#"{"content":"Hello"}"#)
    static let stop = chunk("{}", finish: #""stop""#)
    static let usageChunk = event(#"{"id":"c1","object":"chat.completion.chunk","choices":[],"usage":\#(usage)}"#)
    static let done = event("[DONE]")

    static func chunk(_ delta: String, finish: String = "null") -> String {
        event(
            #"{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":\#(delta)"#
                + #","finish_reason":\#(finish)}]}"#
        )
    }

    static func event(_ data: String) -> String { "data: \(data)\n\n" }
}

extension Exchange {
    func json(_ text: String, status: Int = 200, fields: String = "") async throws {
        let fields = "content-type: application/json\r\n" + fields
        try await respond(status: status, fields: Array(fields.utf8), body: Array(text.utf8))
    }

    /// A whole chat or a stream of one, as it was asked for.
    func answerChat() async throws {
        guard body.text.contains(#""stream":true"#) else { return try await json(Chat.answer) }
        try await stream([Chat.role, Chat.hello, Chat.stop, Chat.usageChunk, Chat.done])
    }

    /// Sends `events` one by one; the stream's end is the caller's unless it `ends`.
    func stream(_ events: [String], type: String = "text/event-stream", ends: Bool = true) async throws {
        try await startStream(status: 200, fields: Array("content-type: \(type)\r\n".utf8))
        for event in events { try await write(Array(event.utf8)) }
        if ends { try await finish() }
    }

    /// Does nothing until whoever asked has gone.
    func hang() async throws { try await loop.sleep(until: .never) }

    func pause(_ duration: Duration) async throws { try await loop.sleep(until: Instant.now.advanced(by: duration)) }
}
