import Domain
import HTTP
import Ledger
import Server
import Testing

@testable import Gateway

/// The exact cache: the same request again calls nobody and costs nothing.
@Suite struct CacheTests {
    private static let settings = "cache: { enabled: true }"
    private static let exact = #""temperature":0"#

    @Test(arguments: ["", #","stream":true"#])
    func aHitIsTheSameAnswerForNothing(stream: String) async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url)], settings: Self.settings) { gateway in
            let first = try await gateway.chat("auto", Self.exact + stream)
            let second = try await gateway.chat("auto", Self.exact + stream)
            #expect(first.events == second.events && first.body.contains("Hello"))
            #expect(first.fields["content-type"] == second.fields["content-type"])
            #expect(backend.requests.count == 1)
            #expect(second.fields["x-switchyard-cache"] == "hit" && first.fields["x-switchyard-cache"] == nil)
            #expect(second.fields["x-switchyard-model"] == "a")
            #expect(second.fields["x-switchyard-cost-usd"] == "0.000000000")
            #expect(second.fields["x-switchyard-attempts"] == "0")
            #expect(first.fields["x-request-id"] != second.fields["x-request-id"])
            let row = try #require(try await gateway.ledger().last)
            #expect((row.request.outcome, row.request.cost, row.attempts.count) == (.cacheHit, .zero, 0))
            #expect(row.request.usage == .zero && row.request.carbon == .zero)
            // What the answer would have cost once more is what the hit saved.
            let answered = try #require(try await gateway.ledger().first).request
            #expect(row.request.baseline == answered.baseline && answered.baseline?.cost != nil)
            #expect(row.request.alternatives == answered.alternatives && !answered.alternatives.isEmpty)
        }
    }

    /// Every byte of the request is part of the question.
    @Test(arguments: [
        (
            #"{"model":"a","messages":[{"role":"user"}],"temperature":0}"#,
            #"{"model":"a","messages":[{"role":"user"}],"temperature":0,"top_k":1}"#
        ),
        (
            #"{"model":"a","messages":[{"role":"user"}],"temperature":0}"#,
            #"{"model":"auto","messages":[{"role":"user"}],"temperature":0}"#
        ),
        (
            #"{"model":"a","messages":[{"role":"user"}],"seed":1}"#,
            #"{"model":"a","messages":[{"role":"user"}],"seed":2}"#
        ),
        (
            #"{"model":"a","messages":[{"role":"user"}],"seed":1}"#,
            #"{"model":"a","messages":[{"role":"user"}],"seed":1,"stream":true}"#
        ),
    ])
    func anyOtherRequestIsAnotherQuestion(first: String, second: String) async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url)], settings: Self.settings) { gateway in
            for body in [first, second, first, second] { _ = try await gateway.post("chat/completions", body) }
            #expect(backend.requests.count == 2)
        }
    }

    /// The router's answers have the decision in them; an endpoint's have not.
    @Test func theRouterAndTheEndpointShareNoAnswers() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url)], settings: Self.settings) { gateway in
            let body = #"{"model":"a","messages":[{"role":"user"}],"temperature":0}"#
            let routed = try await gateway.post("route", body)
            let plain = try await gateway.post("chat/completions", body)
            #expect(routed.json("route.model") == "a")
            #expect(plain.json("route.model").isEmpty && plain.body == Chat.answer)
            #expect(backend.requests.count == 2)
            // The simple form is read as this chat, but asks for a decision alone.
            let chat = #"{"temperature":0,"messages":[{"role":"user","content":"Hi"}]}"#
            #expect(try await gateway.post("route", chat).json("route.model") == "a")
            let simple = try await gateway.post("route", #"{"prompt":"Hi","temperature":0}"#)
            #expect(simple.json("within_budget") == "1")
            let dry = #"{"messages":[{"role":"user"}],"temperature":0,"route":{"dry_run":true}}"#
            for _ in 0..<2 {
                let decision = try await gateway.post("route", dry)
                #expect(decision.json("object") == "route.decision" && decision.fields["x-switchyard-cache"] == nil)
            }
        }
    }

    @Test func aRequestThatMayBeAnsweredInManyWaysIsAskedAgain() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url)], settings: Self.settings) { gateway in
            for _ in 0..<2 { _ = try await gateway.chat("a") }
            #expect(backend.requests.count == 2)
        }
    }

    @Test func tenantsDoNotShareAnswers() async throws {
        let backend = try await ScriptedBackend.sound()
        let settings = """
            cache: { enabled: true }
            keys:
              - { id: a, organisation: shop, secret_variable: A }
              - { id: b, organisation: lab, secret_variable: B }
            """
        let environment = ["A": "sk-aaaaaaaaaaaaaaaa", "B": "sk-bbbbbbbbbbbbbbbb"]
        try await withGateway([entry("m", at: backend.url)], settings: settings, environment: environment) { gateway in
            for key in ["A", "B", "A", "B"] {
                _ = try await gateway.chat("m", Self.exact, fields: "api-key: \(environment[key] ?? "")\r\n")
            }
            #expect(backend.requests.count == 2)
        }
    }

    @Test func failuresAndBrokenStreamsAreNotKept() async throws {
        let backend = try await ScriptedBackend { exchange, index in
            switch index {
            case 0: try await exchange.json("{}", status: 500)
            case 1: try await exchange.json(#"{"error":{"message":"bad"}}"#, status: 400)
            case 2:
                try await exchange.stream([Chat.role, Chat.hello], ends: false)
                exchange.abort()
            default: try await exchange.answerChat()
            }
        }
        let settings = Self.settings + "\nrouting: { retry_wait_seconds_max: 0 }"
        try await withGateway([entry("a", at: backend.url)], settings: settings) { gateway in
            for stream in ["", "", #","stream":true"#, "", #","stream":true"#] {
                let answer = try await gateway.chat("a", Self.exact + stream)
                #expect(answer.fields["x-switchyard-cache"] == nil)
            }
            #expect(backend.requests.count == 5)
        }
    }

    @Test func withoutTheSettingNothingIsKept() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            for _ in 0..<2 { _ = try await gateway.chat("a", Self.exact) }
            #expect(backend.requests.count == 2)
        }
    }
}
