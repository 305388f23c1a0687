import Domain
import Ledger
import Reactor
import Routing
import Tenancy
import Testing
import Wire

@testable import Gateway

/// What a request is measured against, and what it is said to have emitted.
@Suite struct ComparisonTests {
    private let policy: Policy

    init() throws {
        policy = try Policy.test([
            entry("small", "quality: 0.4, prices: { input: 1, output: 2 }"), entry("large", "quality: 0.9"),
            entry("vectors", "quality: 0.99, endpoints: [embeddings]"),
        ])
    }

    /// A routed request whose attempts ended so, each of 100 tokens in and 20 out, all by `small`.
    private func record(_ outcomes: [Outcome], model: String = "auto") throws -> RequestRecord {
        let asked = try InferenceRequest.chat(#"{"model":"\#(model)","messages":[{"role":"user","content":"hi"}]}"#)
        let wishes = try policy.wishes(model: model, options: nil, of: .anonymous)
        let record = RequestRecord.test()
        record.strategy = wishes.pinned == nil ? wishes.strategy : nil
        let request = policy.routingRequest(asked, wishes: wishes).request
        record.decision = policy.router.decide(request, fleet: policy.fleet.snapshot(now: 0), draw: 0)
        let attempts = outcomes.map { outcome in
            var attempt = policy.attempt(0, at: .at(1000))
            attempt.usage = TokenUsage(input: 100, output: 20)
            attempt.outcome = outcome
            return attempt
        }
        record.add(attempts, by: policy)
        return record
    }

    /// Every model that could have answered is priced for the answer's own tokens: 100 in and 20 out.
    @Test func everyAbleModelIsPricedForTheAnswer() throws {
        let comparison = try #require(try record([.upstreamFailed, .completed]).compared(by: policy))
        #expect(comparison.baseline.model == ModelID("large"))
        // 100 · 2 + 20 · 8 µUSD; (100 · 1 + 20 · 10) J · 2 at 360 g/kWh.
        #expect(comparison.baseline.cost?.nanodollars == 360_000)
        #expect(comparison.baseline.carbon?.micrograms == 60_000)
        #expect(comparison.alternatives.text == #"{"small":[0.4,140000,60000],"large":[0.9,360000,60000]}"#)
    }

    /// A client that left had an answer begun; one that failed had none.
    @Test func onlyAnAnswerIsPriced() throws {
        #expect(try record([.clientClosed]).compared(by: policy)?.baseline.cost != nil)
        let failed = try #require(try record([.upstreamFailed]).compared(by: policy))
        #expect(failed.baseline.cost == nil && failed.baseline.carbon == nil && failed.alternatives.isEmpty)
    }

    /// Savings are the baseline's counters less those of what was charged; a limit missed is not a limit kept.
    @Test func theMetricsHoldBothSidesOfASaving() throws {
        let record = try record([.upstreamFailed, .completed])
        record.backend = policy.backends[0]
        record.limits.maxLatency = .milliseconds(400)
        record.settle(.success(.whole(status: 200, contentType: [], body: [])))
        _ = record.ledgerEntry(by: policy, at: .at(1500))
        var metrics = RequestMetrics()
        metrics.count(record.finished(at: .at(1500)))
        metrics.merge(metrics)
        let totals = try #require(metrics.models[ModelID("small")])
        #expect(totals.otherCost.nanodollars == 720_000)
        #expect(totals.otherGrams == 0.12)
        #expect(totals.grams[.declared] == 0.24 && totals.grams[.modelled] == 0)
        #expect((totals.limitsKept, totals.limitsMissed) == (0, 2), "it took half a second")
    }

    /// Who names a model is measured against that model, and leaves no choice to regret.
    @Test func aNamedModelHasNoAlternatives() throws {
        let comparison = try #require(try record([.completed], model: "small").compared(by: policy))
        #expect(comparison.baseline.model == ModelID("small") && comparison.alternatives.isEmpty)
    }

    /// A declared figure is within a factor of two, a declared grid within 30 %, and the parts add up to the whole.
    @Test func theFootprintIsAnInterval() throws {
        let record = try record([.upstreamFailed, .completed])
        record.settle(.success(.whole(status: 200, contentType: [], body: [])))
        let row = record.ledgerEntry(by: policy, at: .at(1500)).request
        let footprint = try #require(row.footprint)
        #expect((row.energyJoules, row.carbon.micrograms) == (1200, 120_000))
        #expect((footprint.energyLowJoules, footprint.energyHighJoules) == (600, 2400))
        #expect((footprint.carbonLow.micrograms, footprint.carbonHigh.micrograms) == (42_000, 312_000))
        #expect((footprint.parts.prompt?.micrograms, footprint.parts.generation?.micrograms) == (40_000, 80_000))
        #expect(footprint.parts.router == nil && footprint.parts.loading == .zero && footprint.parts.embodied == nil)
        #expect((footprint.provenance, footprint.gramsPerKilowattHour) == ("declared", 360))
        #expect(RequestRecord.test().footprintRow == nil, "nothing was called")
    }
}
