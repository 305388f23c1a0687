import Domain
import HTTP
import Ledger
import Reactor
import Server
import Testing

@testable import Gateway

/// What a client gets of an answer, and what it is charged.
@Suite struct WholeAnswerTests {
    private static let statement = [
        "x-request-id", "x-switchyard-decision", "x-switchyard-cost-usd", "x-switchyard-attempts",
        "x-switchyard-carbon-g", "x-switchyard-carbon-interval-g",
    ]

    @Test func theBodyIsTheBackendsByteForByte() async throws {
        let text = " " + Chat.answer.replacing("\"id\"", with: "\"odd\" : 1.50e+1 ,\"id\"") + "\n"
        let backend = try await ScriptedBackend { exchange, _ in try await exchange.json(text) }
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a")
            #expect((answer.status, answer.body) == (200, text))
            #expect(answer.fields["content-type"] == "application/json")
        }
    }

    @Test func theRequestIsTheClientsButForTheModelsName() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url, "upstream_name: \"org/model\", aliases: [nick]")]) {
            gateway in
            _ = try await gateway.post(
                "chat/completions",
                #"{ "model" : "nick","messages":[{"role":"user"}],"top_k" : 3.0 }"#
            )
            let request = try #require(backend.requests.first)
            #expect(request.body == #"{ "model" : "org/model","messages":[{"role":"user"}],"top_k" : 3.0 }"#)
            #expect(request.path == "/v1/chat/completions")
        }
    }

    /// The client's key is the gateway's affair, and the backend's key not the client's.
    @Test func keysDoNotCross() async throws {
        let backend = try await ScriptedBackend.sound()
        let settings = "keys: [{ id: app, organisation: shop, secret_variable: CLIENT }]"
        let environment = ["CLIENT": "sk-client-0123456789", "BACKEND": "sk-backend-0123456789"]
        let model = entry("a", at: backend.url, "key_variable: BACKEND")
        try await withGateway([model], settings: settings, environment: environment) { gateway in
            let fields = "authorization: Bearer sk-client-0123456789\r\nx-stainless-lang: python\r\n"
            let answer = try await gateway.chat("a", fields: fields)
            #expect(answer.status == 200)
            let got = try #require(backend.requests.first).fields
            #expect(got["authorization"] == "Bearer sk-backend-0123456789")
            #expect(got.values.allSatisfy { !$0.contains("sk-client") })
            #expect(answer.fields.values.allSatisfy { !$0.contains("sk-") })
            #expect(got["x-request-id"] == answer.fields["x-request-id"])
            let row = try #require(try await gateway.ledger().first?.request)
            #expect((row.keyID, row.tenant.rawValue) == ("app", "shop"))
            let refused = try await gateway.chat("a", fields: "authorization: Bearer sk-backend-0123456789\r\n")
            #expect((refused.status, refused.json("error.code")) == (401, "invalid_api_key"))
            #expect(backend.requests.count == 1)
        }
    }

    @Test func everyAnswerSaysWhoAnsweredWhyAndForHowMuch() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("auto:cost_optimized")
            #expect(answer.fields["x-switchyard-model"] == "a")
            #expect(answer.fields["x-switchyard-decision"] == "cost_optimized; only_candidate; candidates=1")
            #expect(answer.fields["x-switchyard-cost-usd"] == "0.000360000")
            #expect(answer.fields["x-switchyard-attempts"] == "1")
            let id = try #require(answer.fields["x-request-id"])
            #expect(try await gateway.ledger().first?.request.id.description == id)
        }
    }

    @Test func soDoesEveryRefusal() async throws {
        let broken = try await ScriptedBackend.failing(500)
        let settings = "routing: { retry_wait_seconds_max: 0 }"
        try await withGateway([entry("a", at: broken.url)], settings: settings) { gateway in
            let answers = [
                try await gateway.chat("a"), try await gateway.chat("a", #""stream":true"#),
                try await gateway.chat("nobody"), try await gateway.post("chat/completions", "{"),
                try await gateway.chat("auto:guess"),
                try await gateway.post("route", #"{"messages":[{"role":"user"}],"route":{"required_quality":1}}"#),
            ]
            #expect(answers.map(\.status) == [502, 502, 404, 400, 400, 422])
            for answer in answers {
                for name in Self.statement { #expect(answer.fields[name] != nil, "\(answer.status) lacks \(name)") }
                for key in ["message", "type", "param", "code"] { #expect(!answer.json("error.\(key)").isEmpty) }
            }
            #expect(answers.map { $0.fields["x-switchyard-attempts"] } == ["1", "1", "0", "0", "0", "0"])
            #expect(try await gateway.ledger().count == answers.count)
        }
    }

    @Test func whatTheBackendSaysOfItselfIsPassedOn() async throws {
        let backend = try await ScriptedBackend { exchange, _ in
            let fields = "openai-processing-ms: 12\r\nopenai-version: 2020-10-01\r\nx-request-id: theirs\r\n"
            let kept = "x-ratelimit-remaining-requests: 5\r\nset-cookie: a=b\r\n"
            try await exchange.json(Chat.answer, fields: fields + kept)
        }
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let fields = try await gateway.chat("a").fields
            #expect(fields["openai-processing-ms"] == "12")
            #expect(fields["openai-version"] == "2020-10-01")
            #expect(fields["x-upstream-request-id"] == "theirs")
            #expect(fields["x-request-id"] != "theirs")
            #expect(
                fields["x-ratelimit-remaining-requests"] == nil,
                "the limits of the gateway's key, not the client's"
            )
            #expect(fields["set-cookie"] == nil)
        }
    }

    @Test func aBackendThatDoesNotCountIsEstimated() async throws {
        let backend = try await ScriptedBackend { exchange, _ in
            try await exchange.json(Chat.whole(content: String(repeating: "x", count: 40), usage: nil))
        }
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a")
            let usage = try #require(try await gateway.ledger().first?.request.usage)
            #expect(usage == TokenUsage(input: 3, output: 10, source: .bytes), "12 and 40 bytes")
            #expect(answer.fields["x-switchyard-cost-usd"] == "0.000086000")
        }
    }

    /// A report beyond all reason must neither overflow nor end the process.
    @Test func aBackendThatCountsNonsenseDoesNoHarm() async throws {
        let usage = #"{"prompt_tokens":9223372036854775807,"completion_tokens":-5,"total_tokens":1e400}"#
        let backend = try await ScriptedBackend { exchange, _ in
            try await exchange.json(Chat.whole(content: "Hello", usage: usage))
        }
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            for _ in 0..<3 {
                let answer = try await gateway.chat("a")
                #expect(answer.status == 200)
            }
            #expect(try await gateway.ledger().allSatisfy { $0.request.usage.isEstimated })
        }
    }

    @Test func cachedTokensAreChargedAtTheirPrice() async throws {
        let usage = #"{"prompt_tokens":100,"completion_tokens":0,"prompt_tokens_details":{"cached_tokens":60}}"#
        let backend = try await ScriptedBackend { exchange, _ in
            try await exchange.json(Chat.whole(content: "", usage: usage))
        }
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a")
            #expect(answer.fields["x-switchyard-cost-usd"] == "0.000140000", "40 at 2 USD and 60 at 1 USD a million")
        }
    }

    /// SDKs parse nothing that does not say what it is.
    @Test func aBodyWithoutATypeIsJSON() async throws {
        let backend = try await ScriptedBackend { exchange, _ in
            try await exchange.respond(status: 200, fields: [], body: Array(Chat.answer.utf8))
        }
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a")
            #expect(answer.fields["content-type"] == "application/json")
        }
    }
}
