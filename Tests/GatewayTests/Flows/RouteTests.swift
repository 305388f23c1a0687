import Domain
import Foundation
import HTTP
import Ledger
import Testing

@testable import Gateway

/// A decision tells everything that it was made of.
@Suite struct RouteTests {
    private static let models = [
        entry("small", "quality: 0.4, tier: light"),
        entry("large", "quality: 0.9, tier: heavy, context_window: 100000"),
        entry("vectors", "endpoints: [embeddings]"),
    ]

    private func decide(_ gateway: RunningGateway, _ options: String) async throws -> [String: Any] {
        let body = #"{"messages":[{"role":"user","content":"Hi"}],"route":{"dry_run":true\#(options)}}"#
        let answer = try await gateway.post("route", body)
        return try #require(JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    }

    @Test func aDryRunHasTheChoiceItsReasonAndEveryCandidate() async throws {
        try await withGateway(Self.models) { gateway in
            let decision = try await decide(gateway, #","strategy":"quality_optimized""#)
            let keys: Set = [
                "object", "id", "strategy", "model", "reason", "explanation", "confidence", "propensity", "must_queue",
                "cached", "capability", "complexity", "tier", "relaxed", "fallbacks", "candidates",
            ]
            #expect(Set(decision.keys) == keys)
            #expect(decision["object"] as? String == "route.decision")
            #expect(decision["strategy"] as? String == "quality_optimized")
            #expect(decision["must_queue"] as? Bool == false)
            let candidates = try #require(decision["candidates"] as? [[String: Any]])
            #expect(candidates.map { $0["model"] as? String } == ["small", "large", "vectors"])
            for candidate in candidates.prefix(2) {
                #expect((candidate["expected_cost_usd"] as? Double ?? 0) > 0)
                #expect((candidate["expected_latency_ms"] as? Double ?? 0) > 0)
                let carbon = try #require(candidate["expected_carbon_g"] as? [String: Any])
                let interval = ["low", "central", "high"].compactMap { carbon[$0] as? Double }
                #expect(interval == interval.sorted() && interval.count == 3)
                #expect(carbon["provenance"] as? String == "declared")
                #expect(candidate["score"] != nil && candidate["rejected"] == nil)
            }
            let rejected = try #require(candidates.last?["rejected"] as? [String: Any])
            #expect(rejected["code"] as? String == "endpoint_not_served")
            #expect((rejected["reason"] as? String)?.hasPrefix("vectors ") == true)
        }
    }

    /// Deciding is free of consequences: nothing is sent, no turn taken, no slot, and nothing learnt.
    @Test func aDryRunChangesNothing() async throws {
        let sound = try await ScriptedBackend.sound()
        try await withGateway(["a", "b", "c"].map { entry($0, at: sound.url) }) { gateway in
            for _ in 0..<5 {
                let decision = try await decide(gateway, #","strategy":"round_robin""#)
                #expect(decision["model"] as? String == "a")
            }
            #expect(sound.requests.isEmpty)
            var turns: [String?] = []
            for _ in 0..<3 { turns.append(try await gateway.chat("auto:round_robin").fields["x-switchyard-model"]) }
            #expect(turns == ["a", "b", "c"])
        }
    }

    /// The member `route` says the same to every endpoint as to the router itself, and no backend sees it.
    @Test func everyEndpointHonoursTheMemberRoute() async throws {
        let sound = try await ScriptedBackend.sound()
        let models = [
            entry("small", at: sound.url, "quality: 0.4, prices: { input: 1, output: 1 }"),
            entry("large", at: sound.url, "quality: 0.9, prices: { input: 9, output: 9 }"),
        ]
        try await withGateway(models) { gateway in
            func ask(_ route: String) async throws -> RunningGateway.Answer {
                try await gateway.chat("auto", #""route":\#(route)"#)
            }
            for (route, model) in [
                (#"{"strategy":"cost_optimized"}"#, "small"), (#"{"strategy":"quality_optimized"}"#, "large"),
                (#"{"strategy":"cost_optimized","required_quality":0.8}"#, "large"),
            ] {
                let answer = try await ask(route)
                #expect((answer.status, answer.fields["x-switchyard-model"]) == (200, model), "\(route)")
                #expect(!answer.body.contains(#""route""#), "the answer stays the backend's own")
            }
            #expect(sound.requests.count == 3 && sound.requests.allSatisfy { !$0.body.contains("route") })

            let dry = try await ask(#"{"dry_run":true,"strategy":"cost_optimized"}"#)
            #expect(dry.status == 200 && dry.body.contains(#""object":"route.decision""#))
            let unmet = try await ask(#"{"required_quality":0.99}"#)
            #expect(unmet.status == 422)
            for (route, param) in [
                (#"{"stratgy":"balanced"}"#, "route.stratgy"), (#""fallback""#, "route"),
                (#"{"router":"none","max_cost_usd":-1}"#, "route.max_cost_usd"),
            ] {
                let refused = try await ask(route)
                #expect(refused.status == 400 && refused.body.contains(#""param":"\#(param)""#), "\(refused.body)")
            }
            #expect(sound.requests.count == 3, "what is refused, or only decided, is not sent")
        }
    }

    @Test func whatTheLedgerKeepsOfADecisionIsJSON() async throws {
        let sound = try await ScriptedBackend.sound()
        let models = [
            entry("a", at: sound.url), entry("dear", "prices: { input: 9999, output: 9999 }"),
            entry("v", "endpoints: [embeddings]"),
        ]
        try await withGateway(models) { gateway in
            let body =
                #"{"messages":[{"role":"user","content":"Hi"}],"route":{"max_cost_usd":0.1,"tags":{"team":"x\"y"}}}"#
            let answer = try await gateway.post("route", body)
            #expect(answer.status == 200)
            let row = try #require(try await gateway.ledger().first?.request)
            let candidates = try #require(
                JSONSerialization.jsonObject(with: Data(row.candidates)) as? [[String: Any]]
            )
            #expect(candidates.map { $0["model"] as? String } == ["a", "dear"], "models of other APIs say nothing")
            #expect(candidates.map { $0["rejected"] as? String } == [nil, "constraint_missed"])
            let features = try #require(JSONSerialization.jsonObject(with: Data(row.features)) as? [String: Any])
            #expect((features["complexity"] as? Double) != nil && (features["words"] as? Int) == 1)
            let tags = try #require(JSONSerialization.jsonObject(with: Data(row.tags)) as? [String: String])
            #expect(tags == ["team": "x\"y"])
            #expect((row.chosenModel?.rawValue, row.propensity) == ("a", 1))
        }
    }

    @Test func theSimpleFormSaysWhetherTheLimitsWereKept() async throws {
        try await withGateway(Self.models) { gateway in
            let kept = try await gateway.post("route", #"{"prompt":"Hi","max_cost":1,"max_latency":60}"#)
            #expect((kept.status, kept.json("within_budget"), kept.json("within_latency")) == (200, "1", "1"))
            let missed = try await gateway.post("route", #"{"prompt":"Hi","max_cost":0.0000001,"max_latency":0.001}"#)
            #expect((missed.status, missed.json("within_budget"), missed.json("within_latency")) == (200, "0", "0"))
            #expect(["small", "large"].contains(missed.json("model")))
        }
    }

    @Test func limitsThatCannotBeMetAreRefusedByName() async throws {
        try await withGateway(Self.models) { gateway in
            let body = #"{"messages":[{"role":"user","content":"Hi"}],"route":{"required_quality":0.95}}"#
            let answer = try await gateway.post("route", body)
            #expect((answer.status, answer.json("error.code")) == (422, "constraints_unmet"))
            #expect(answer.json("error.message").contains("required_quality 0.95: nearest is large with 0.9"))
        }
    }
}
