import Domain
import HTTP
import Ledger
import Reactor
import Routing
import Server
import Testing

@testable import Gateway

/// When a model fails, the next one answers, and every attempt is charged and recorded.
@Suite struct FallbackTests {
    /// One way in which a backend lets its caller down.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let play: ScriptedBackend.Play
    }

    static let faults = [
        Fault(testDescription: "500") { exchange, _ in try await exchange.json("{}", status: 500) },
        Fault(testDescription: "503") { exchange, _ in try await exchange.json("{}", status: 503) },
        Fault(testDescription: "529") { exchange, _ in try await exchange.json("{}", status: 529) },
        Fault(testDescription: "429") { exchange, _ in try await exchange.json("{}", status: 429) },
        Fault(testDescription: "401") { exchange, _ in try await exchange.json("{}", status: 401) },
        Fault(testDescription: "404") { exchange, _ in try await exchange.json("{}", status: 404) },
        Fault(testDescription: "redirect") { exchange, _ in
            try await exchange.json("{}", status: 307, fields: "location: http://127.0.0.1:9/\r\n")
        },
        Fault(testDescription: "html") { exchange, _ in try await exchange.json("<html>") },
        Fault(testDescription: "no choices") { exchange, _ in try await exchange.json("{}") },
        Fault(testDescription: "an error under 200") { exchange, _ in
            try await exchange.json(#"{"error":{"message":"overloaded","type":"overloaded_error"}}"#)
        },
        Fault(testDescription: "truncated JSON") { exchange, _ in try await exchange.json(#"{"choices":[{"mess"#) },
        Fault(testDescription: "cut body") { exchange, _ in
            try await exchange.startStream(
                status: 200,
                fields: [],
                first: Array(#"{"choices":[{"message":{"content":"Hel"#.utf8)[...]
            )
            exchange.abort()
        },
        Fault(testDescription: "reset") { exchange, _ in exchange.abort() },
        Fault(testDescription: "prompt too long") { exchange, _ in
            try await exchange.json(#"{"error":{"message":"long","code":"context_length_exceeded"}}"#, status: 400)
        },
    ]

    /// How the gateway is to behave where a test does not wait for a second try.
    private static let noRest = "routing: { retry_wait_seconds_max: 0 }"

    private static func body(_ model: String, route: String, _ members: String = "") -> String {
        #"{"model":"\#(model)","messages":[{"role":"user","content":"Hi"}],"route":\#(route)\#(members)}"#
    }

    @Test(arguments: faults, [false, true])
    func theNextModelAnswers(fault: Fault, streams: Bool) async throws {
        let (broken, sound) = (try await ScriptedBackend(fault.play), try await ScriptedBackend.sound())
        let models = [entry("broken", at: broken.url), entry("sound", at: sound.url, "context_window: 100000")]
        try await withGateway(models) { gateway in
            let stream = streams ? #","stream":true"# : ""
            let answer = try await gateway.post(
                "route",
                Self.body("broken", route: #"{"fallbacks":["sound"]}"#, stream)
            )
            #expect(answer.status == 200)
            #expect(answer.body.contains("Hello") && !answer.isCut)
            #expect(answer.fields["x-switchyard-model"] == "sound")
            #expect(answer.fields["x-switchyard-attempts"] == "2")
            #expect((broken.requests.count, sound.requests.count) == (1, 1))
            let row = try #require(try await gateway.ledger().first)
            #expect(row.attempts.map(\.model.rawValue) == ["broken", "sound"])
            #expect(row.attempts.first?.outcome != .completed && row.attempts.first?.errorText != nil)
            // What comes of a whole answer before it breaks off had been generated.
            let isCharged = fault.testDescription == "cut body" && !streams
            #expect((row.attempts.first?.cost ?? .zero > .zero) == isCharged)
            #expect(row.attempts.last?.cost.nanodollars == Chat.costNanodollars)
            #expect(gateway.active("broken") == 0 && gateway.active("sound") == 0)
        }
    }

    @Test func aBackendThatRefusesConnectionsIsPassedOver() async throws {
        let sound = try await ScriptedBackend.sound()
        try await withGateway([entry("gone"), entry("sound", at: sound.url)]) { gateway in
            let answer = try await gateway.post("route", Self.body("gone", route: #"{"fallbacks":["sound"]}"#))
            #expect((answer.status, answer.fields["x-switchyard-attempts"]) == (200, "2"))
        }
    }

    @Test func namedFallbacksAreTriedInTheirOrderEachOnce() async throws {
        let (broken, sound) = (try await ScriptedBackend.failing(500), try await ScriptedBackend.sound())
        let models = ["a", "b", "c"].map { entry($0, at: broken.url) } + [entry("d", at: sound.url)]
        try await withGateway(models, settings: "routing: { attempts_max: 8 }") { gateway in
            let route = #"{"fallbacks":["c","a","c","b","d","b"]}"#
            let answer = try await gateway.post("route", Self.body("a", route: route))
            #expect(answer.fields["x-switchyard-model"] == "d")
            let row = try #require(try await gateway.ledger().first)
            #expect(row.attempts.map(\.model.rawValue) == ["a", "c", "b", "d"])
            #expect(answer.json("route.fallbacks").filter("abcd".contains) == "cbd")
        }
    }

    /// A fallback is no way round the limits that the request sets.
    @Test func namedFallbacksKeepTheRequestsConstraints() async throws {
        let (broken, sound) = (try await ScriptedBackend.failing(500), try await ScriptedBackend.sound())
        let models = [
            entry("cheap", at: broken.url), entry("dear", at: sound.url, "prices: { input: 1000, output: 4000 }"),
        ]
        try await withGateway(models, settings: Self.noRest) { gateway in
            let route = #"{"fallbacks":["dear"],"max_cost_usd":0.01}"#
            let answer = try await gateway.post("route", Self.body("cheap", route: route))
            #expect(answer.status == 502)
            #expect(sound.requests.isEmpty)
        }
    }

    @Test func whatTheOperatorSwitchedOffIsNoFallback() async throws {
        let (broken, sound) = (try await ScriptedBackend.failing(500), try await ScriptedBackend.sound())
        try await withGateway([entry("a", at: broken.url), entry("off", at: sound.url)], settings: Self.noRest) {
            gateway in
            gateway.service.policy.fleet.switchOff(1)
            let answer = try await gateway.post("route", Self.body("a", route: #"{"fallbacks":["off"]}"#))
            #expect(answer.status == 502)
            #expect(sound.requests.isEmpty)
        }
    }

    @Test func namedFallbacksStandInForAModelThatIsAway() async throws {
        let sound = try await ScriptedBackend.sound()
        try await withGateway(["a", "b", "c"].map { entry($0, at: sound.url) }) { gateway in
            gateway.service.policy.fleet.switchOff(0)
            let answer = try await gateway.post("route", Self.body("a", route: #"{"fallbacks":["c","b"]}"#))
            #expect((answer.status, answer.fields["x-switchyard-model"]) == (200, "c"))
            let without = try await gateway.chat("a")
            #expect((without.status, without.json("error.code")) == (503, "no_model_available"))
        }
    }

    @Test func aPinnedModelHasNoFallbacksButThoseThatTheClientNames() async throws {
        let (broken, sound) = (try await ScriptedBackend.failing(500), try await ScriptedBackend.sound())
        try await withGateway([entry("a", at: broken.url), entry("b", at: sound.url)], settings: Self.noRest) {
            gateway in
            let answer = try await gateway.chat("a")
            #expect(answer.status == 502)
            #expect(sound.requests.isEmpty)
            let automatic = try await gateway.chat("auto:round_robin")
            #expect(automatic.fields["x-switchyard-model"] == "b")
        }
    }

    /// What the client has to mend is passed on as the backend said it, and costs no second call.
    @Test func aRequestThatIsWrongIsNotTriedElsewhere() async throws {
        let words = #"{"error":{"message":"bad top_k","type":"invalid_request_error","param":"top_k","code":null}}"#
        let (strict, sound) = (try await ScriptedBackend.failing(422, body: words), try await ScriptedBackend.sound())
        try await withGateway([entry("a", at: strict.url), entry("b", at: sound.url)]) { gateway in
            let answer = try await gateway.post("route", Self.body("a", route: #"{"fallbacks":["b"]}"#))
            #expect((answer.status, answer.body) == (422, words))
            #expect(answer.fields["x-switchyard-attempts"] == "1")
            #expect(sound.requests.isEmpty)
            let row = try #require(try await gateway.ledger().first?.request)
            #expect((row.outcome, row.status, row.cost) == (.invalid, 422, .zero))
        }
    }

    @Test func aPromptTooLongForEveryModelIsTheClientsAndNoMarkAgainstThem() async throws {
        let words = #"{"error":{"message":"This model's maximum context length is 10 tokens."}}"#
        let short = try await ScriptedBackend.failing(400, body: words)
        let models = ["a", "b", "c"].map { entry($0, at: short.url, "context_window: \($0 == "c" ? 100_000 : 8192)") }
        try await withGateway(models) { gateway in
            let answer = try await gateway.post("route", Self.body("a", route: #"{"fallbacks":["b","c"]}"#))
            #expect((answer.status, answer.json("error.code")) == (400, "context_length_exceeded"))
            #expect(answer.fields["x-should-retry"] == "false")
            #expect(short.requests.count == 2, "b's context is no larger than a's")
            #expect(gateway.service.policy.fleet.statistics(now: 0).map(\.samples) == [0, 0, 0])
            #expect(try await gateway.ledger().first?.request.outcome == .invalid)
        }
    }

    /// A backend that counted the prompt before it broke has to be paid for that.
    @Test func anAttemptThatFailsIsChargedForWhatItReported() async throws {
        let usage = Chat.event(#"{"choices":[],"usage":{"prompt_tokens":50,"completion_tokens":0}}"#)
        let broken = try await ScriptedBackend { exchange, _ in
            try await exchange.stream([Chat.role, usage], ends: false)
            exchange.abort()
        }
        let sound = try await ScriptedBackend.sound()
        try await withGateway([entry("broken", at: broken.url), entry("sound", at: sound.url)]) { gateway in
            let body = Self.body("broken", route: #"{"fallbacks":["sound"]}"#, #","stream":true"#)
            #expect(try await gateway.post("route", body).body.contains("Hello"))
            let row = try #require(try await gateway.ledger().first)
            #expect(row.attempts.map(\.cost.nanodollars) == [100_000, Chat.costNanodollars])
            #expect(row.request.cost.nanodollars == 100_000 + Chat.costNanodollars)
            #expect(row.request.usage.input == 150)
            #expect(gateway.metric(#"switchyard_cost_usd_total{model="broken"}"#) == 0.0001)
            #expect(gateway.metric(#"switchyard_cost_usd_total{model="sound"}"#) == 0.00036)
        }
    }
}
