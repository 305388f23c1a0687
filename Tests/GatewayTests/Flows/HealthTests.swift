import Domain
import HTTP
import Ledger
import Reactor
import Server
import Testing

@testable import Gateway

/// Backends that fail are left alone, requests that fail are not multiplied, and nothing goes round in circles.
@Suite struct HealthTests {
    private static let once = "routing: { attempts_max: 1, queue_seconds_max: 0.1, retry_wait_seconds_max: 0 }"

    // MARK: Circuits

    @Test func aSingleBackendThatIsDownIsNoLongerCalled() async throws {
        let broken = try await ScriptedBackend.failing(500)
        let settings = Self.once + "\nhealth: { consecutive_failures_max: 2, open_seconds: 60, open_jitter: 0 }"
        try await withGateway([entry("a", at: broken.url)], settings: settings) { gateway in
            for _ in 0..<2 { #expect(try await gateway.chat("a").status == 502) }
            let answer = try await gateway.chat("a")
            #expect((answer.status, answer.json("error.code")) == (503, "no_model_available"))
            #expect((1...60).contains(answer.fields["retry-after"].flatMap { Int($0) } ?? 0))
            #expect(broken.requests.count == 2)
            #expect(gateway.metric(#"switchyard_model_circuit{model="a",state="open"}"#) == 1)
            #expect(gateway.metric(#"switchyard_model_circuit_openings_total{model="a"}"#) == 1)
            #expect(gateway.active("a") == 0)
        }
    }

    @Test func requestsWaitForTheProbeAndAllAreAnsweredOnceItIsBack() async throws {
        let backend = try await ScriptedBackend { exchange, index in
            if index < 2 { return try await exchange.json("{}", status: 500) }
            try await exchange.answerChat()
        }
        let settings = """
            routing: { attempts_max: 1 }
            health: { consecutive_failures_max: 2, open_seconds: 0.3, slow_start_seconds: 0.5 }
            """
        try await withGateway([entry("a", at: backend.url, "concurrency_max: 10")], settings: settings) { gateway in
            for _ in 0..<2 { #expect(try await gateway.chat("a").status == 502) }
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await gateway.chat("a").status } }
                for try await status in group { #expect(status == 200) }
            }
            #expect(backend.requests.count == 22)
            #expect(gateway.metric(#"switchyard_model_circuit{model="a",state="closed"}"#) == 1)
            #expect(gateway.active("a") == 0)
        }
    }

    /// What the client did wrong, and a rate limit, say nothing of the backend.
    @Test(arguments: [400, 422, 429, 409])
    func noCircuitOpensForWhatIsNotTheBackendsFault(status: Int) async throws {
        let backend = try await ScriptedBackend.failing(status)
        let settings = Self.once + "\nhealth: { consecutive_failures_max: 1 }"
        try await withGateway([entry("a", at: backend.url)], settings: settings) { gateway in
            for _ in 0..<3 { _ = try await gateway.chat("a") }
            #expect(backend.requests.count == 3)
            #expect(gateway.metric(#"switchyard_model_circuit{model="a",state="closed"}"#) == 1)
        }
    }

    // MARK: Retries

    @Test func retriesDoNotMultiplyTheLoadOfAnOutage() async throws {
        let broken = try await ScriptedBackend.failing(500, fields: "retry-after-ms: 1\r\n")
        let settings = """
            routing: { cool_down_seconds_max: 0 }
            health: { retry_share: 0, retries_per_second: 0, retries_saved_max: 2 }
            """
        try await withGateway([entry("a", at: broken.url)], settings: settings) { gateway in
            for _ in 0..<5 {
                let answer = try await gateway.chat("a")
                #expect(answer.fields["x-should-retry"] == "false")
            }
            #expect(broken.requests.count == 5 + 2)
        }
    }

    @Test func aLockIsTriedAgain() async throws {
        let backend = try await ScriptedBackend { exchange, index in
            if index == 0 { return try await exchange.json("{}", status: 409) }
            try await exchange.answerChat()
        }
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a")
            #expect(answer.status == 200)
        }
    }

    /// A request that goes out again on a fresh connection is one more call of the backend.
    @Test func whatIsSentAgainCountsAsACall() async throws {
        let backend = try await ScriptedBackend { exchange, index in
            if index > 0 { return exchange.abort() }
            try await exchange.answerChat()
        }
        try await withGateway([entry("a", at: backend.url)], settings: "routing: { attempts_max: 2 }") { gateway in
            let (first, second) = (try await gateway.chat("a"), try await gateway.chat("a"))
            #expect((first.status, second.status) == (200, 502))
            #expect(backend.requests.count == 1 + 2)
        }
    }

    @Test(arguments: [("tell", 400), ("next_model", 200)])
    func refusedContentGoesWhereTheOperatorSays(policy: String, status: Int) async throws {
        let words = #"{"error":{"message":"no","code":"content_policy_violation"}}"#
        let (prim, sound) = (try await ScriptedBackend.failing(400, body: words), try await ScriptedBackend.sound())
        let models = [entry("a", at: prim.url), entry("b", at: sound.url)]
        try await withGateway(models, settings: "routing: { content_refusal: \(policy) }") { gateway in
            let body = #"{"model":"a","messages":[{"role":"user","content":"Hi"}],"route":{"fallbacks":["b"]}}"#
            let answer = try await gateway.post("route", body)
            #expect(answer.status == status)
        }
    }

    // MARK: Silence

    @Test func aStreamIsGivenUpAsSoonAsItsModelIsUnusuallySilent() async throws {
        let moody = try await ScriptedBackend { exchange, index in
            if index < 3 { return try await exchange.answerChat() }
            try await exchange.hang()
        }
        let sound = try await ScriptedBackend.sound()
        let settings = "health: { silence_samples_min: 3, silence_factor: 2, silence_seconds_min: 0.3 }"
        try await withGateway([entry("a", at: moody.url), entry("b", at: sound.url)], settings: settings) { gateway in
            for _ in 0..<3 { _ = try await gateway.chat("a", #""stream":true"#) }
            let body = """
                {"model":"a","stream":true,"messages":[{"role":"user","content":"Hi"}],"route":{"fallbacks":["b"]}}
                """
            let began = Instant.now
            let answer = try await gateway.post("route", body)
            #expect(answer.fields["x-switchyard-model"] == "b" && answer.body.contains("Hello"))
            #expect(began.duration(to: .now) < .seconds(20), "upstream's own limit is two minutes")
        }
    }

    // MARK: Loops

    @Test func gatewaysThatAreEachOthersBackendsStop() async throws {
        let sound = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: sound.url)], settings: "limits: { hops_max: 2 }") { gateway in
            #expect(try await gateway.chat("a", fields: "x-switchyard-hops: 2\r\n").status == 200)
            #expect(sound.requests.last?.fields["x-switchyard-hops"] == "3")
            let answer = try await gateway.chat("a", fields: "x-switchyard-hops: 3\r\n")
            #expect((answer.status, answer.json("error.code")) == (508, "loop_detected"))
            #expect(answer.fields["x-should-retry"] == "false")
            #expect(sound.requests.count == 1)
        }
    }
}
