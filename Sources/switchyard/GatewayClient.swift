import Foundation
import HTTP
import Reactor
import Upstream

/// Calls a running gateway, through the same client that the gateway calls its backends with.
struct GatewayClient: Sendable {
    static let defaultURL = "http://127.0.0.1:8080"

    /// A whole answer.
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: Data

        /// The body as a JSON object; empty if it is none.
        var object: [String: Any] { (try? JSONSerialization.jsonObject(with: body) as? [String: Any]) ?? [:] }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let url: String
    private let key: String?

    /// A client of the gateway at `url`; sends what a variable of the environment has as its key, if that is set.
    init(_ url: String, keyVariable: String = "SWITCHYARD_API_KEY") {
        self.url = url
        key = ProcessInfo.processInfo.environment[keyVariable]
    }

    /// Whether it has a key to send.
    var hasKey: Bool { key?.isEmpty == false }

    func get(_ path: String) async throws -> Answer { try await send(.get, path, Data()) }

    func post(_ path: String, _ object: [String: any Sendable]) async throws -> Answer {
        try await send(.post, path, try JSONSerialization.data(withJSONObject: object))
    }

    func put(_ path: String, _ object: [String: Any]) async throws -> Answer {
        try await send(.put, path, try JSONSerialization.data(withJSONObject: object))
    }

    private func send(_ method: UpstreamRequest.Method, _ path: String, _ body: Data) async throws -> Answer {
        let (origin, base) = try Origin.parse(baseURL: url)
        var lines: [UInt8] = []
        lines.append("content-type: application/json\r\nuser-agent: switchyard-cli\r\n")
        if let key { lines.appendField("authorization", text: "Bearer \(key)") }
        let request = UpstreamRequest(
            origin: origin,
            method: method,
            path: (base == "/" ? "" : base) + path,
            headerLines: lines,
            body: Array(body)
        )
        let loop = try EventLoop(name: "client")
        defer { loop.stop() }
        return try await Task(executorPreference: loop) { try await Self.exchange(request, on: loop) }.value
    }

    private static func exchange(_ request: UpstreamRequest, on loop: EventLoop) async throws -> Answer {
        let client = UpstreamClient(on: loop, settings: UpstreamSettings())
        defer { client.close() }
        let deadlines = AttemptDeadlines(
            connect: .seconds(5),
            firstByte: .seconds(300),
            betweenBytes: .seconds(60),
            whole: Instant.now.advanced(by: .seconds(600))
        )
        let response = try await client.send(request, deadlines: deadlines)
        var body: [UInt8] = []
        while try await response.read(into: &body) {}
        var headers: [String: String] = [:]
        for field in response.head.fields {
            headers[String(decoding: field.name, as: UTF8.self).lowercased()] = String(
                decoding: field.value,
                as: UTF8.self
            )
        }
        return Answer(status: response.head.status, headers: headers, body: Data(body))
    }
}
