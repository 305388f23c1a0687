import Domain
import Routing
import Testing

@Suite struct ConstraintTests {
    private let router = DefaultFleet.router

    private func decide(
        _ constraints: Constraints,
        _ strategy: Strategy = .qualityOptimized,
        relax: RelaxPolicy = .refuse,
        in fleet: FleetSnapshot = DefaultFleet.fresh
    ) -> Decision {
        router.decide(DefaultFleet.request(.general, strategy, constraints, relax: relax), fleet: fleet, draw: 0.5)
    }

    /// Just inside and just outside of each limit, for the model that is nearest to it.
    @Test func limitsAreInclusive() {
        #expect(decide(Constraints(maxCost: Money(dollars: 0.001))).choice == DefaultFleet.llama)
        #expect(decide(Constraints(maxCost: Money(nanodollars: 999_999))).choice == nil)
        #expect(decide(Constraints(maxLatency: .milliseconds(800))).choice == DefaultFleet.gpt35)
        #expect(decide(Constraints(maxLatency: .nanoseconds(799_999_999))).choice == nil)
        #expect(decide(Constraints(requiredQuality: 0.95), .costOptimized).choice == DefaultFleet.gpt4)
        #expect(decide(Constraints(requiredQuality: 0.950001)).choice == nil)
        #expect(decide(Constraints(maxCarbonGrams: 0.1)).choice == DefaultFleet.gpt4)
        #expect(decide(Constraints(maxCarbonGrams: 0.099999)).choice == nil)
    }

    @Test func saysWhyEachModelWasRejected() {
        let decision = decide(Constraints(maxCost: Money(dollars: 0.003), requiredQuality: 0.8))
        #expect(decision.choice == DefaultFleet.sonnet)
        #expect(
            decision.candidates.map(\.rejection) == [
                .constraintMissed(.cost), nil, .constraintMissed(.cost), nil, .constraintMissed(.quality),
            ]
        )
        #expect(decision.fallbacks == [DefaultFleet.gpt35])
    }

    /// A model that misses everything is rejected for what is kept longest: cost, quality, carbon, latency.
    @Test func namesTheConstraintThatIsKeptLongest() {
        let worst = DefaultFleet.model("worst", 1, 9000, 0.1, 1, [.general], joulesPerOutputToken: 9)
        let best = DefaultFleet.model("best", 0, 1, 1, 1, [.general])
        let catalogue = Catalogue(models: [worst, best], priceVersion: "test")
        let router = Router(catalogue: catalogue, settings: RouterSettings(exploration: 0))
        var constraints = Constraints(
            maxCost: .zero,
            maxLatency: .milliseconds(1),
            requiredQuality: 1,
            maxCarbonGrams: 0.1
        )
        func rejection() -> Rejection? {
            let request = DefaultFleet.request(.general, .balanced, constraints)
            return router.decide(request, fleet: Fleet(catalogue: catalogue).snapshot(now: 0), draw: 0)
                .candidates[0].rejection
        }
        #expect(rejection() == .constraintMissed(.cost))
        constraints.maxCost = nil
        #expect(rejection() == .constraintMissed(.quality))
        constraints.requiredQuality = nil
        #expect(rejection() == .constraintMissed(.carbon))
        constraints.maxCarbonGrams = nil
        #expect(rejection() == .constraintMissed(.latency))
    }

    /// The original answers an impossible price with gpt-3.5-turbo and says nothing.
    @Test func refusesAnImpossiblePriceAndNamesTheNearest() throws {
        let decision = decide(Constraints(maxCost: Money(nanodollars: 1)), .latencyOptimized)
        #expect(decision.choice == nil)
        guard case .constrained(let bindings) = try #require(decision.refusal) else {
            Issue.record("refused for another reason")
            return
        }
        let binding = try #require(bindings.first)
        #expect(bindings.count == 1)
        #expect(binding.constraint == .cost)
        #expect(binding.nearestIndex == DefaultFleet.llama)
        #expect(binding.nearest == 0.001)
        #expect((binding.meetingCount, binding.suitableCount) == (0, 5))
        #expect(
            decision.explanation(in: DefaultFleet.catalogue)
                == "constraints cannot be met: max_cost_usd 1e-09: nearest is llama-2-70b with 0.001, met by 0 of 5 models"
        )
    }

    /// Each of the two could be met, but not by one model: both are named, and how many meet each.
    @Test func namesEveryConstraintThatBinds() throws {
        let constraints = Constraints(
            maxCost: Money(dollars: 0.002),
            maxLatency: .seconds(10),
            requiredQuality: 0.93,
            maxCarbonGrams: 5
        )
        guard case .constrained(let bindings) = try #require(decide(constraints).refusal) else {
            Issue.record("refused for another reason")
            return
        }
        #expect(bindings.map(\.constraint) == [.cost, .quality])
        #expect(bindings.map(\.meetingCount) == [2, 2])
    }

    @Test func relaxesAnImpossiblePriceToTheCheapest() {
        let decision = decide(Constraints(maxCost: Money(nanodollars: 1)), relax: .relax)
        #expect(decision.choice == DefaultFleet.llama)
        #expect(decision.relaxed == [.cost])
        #expect(decision.candidates[0].rejection == .constraintMissed(.cost))
    }

    /// Cost is kept, so quality gives way just enough: the best of what is affordable.
    @Test func keepsCostLongest() {
        let constraints = Constraints(maxCost: Money(dollars: 0.002), requiredQuality: 0.93)
        let decision = decide(constraints, .costOptimized, relax: .relax)
        #expect(decision.choice == DefaultFleet.gpt35)
        #expect(decision.relaxed == [.quality])
    }

    @Test func listsWhatWasLoosenedInTheDocumentedOrder() {
        let constraints = Constraints(
            maxCost: Money(nanodollars: 1),
            maxLatency: .nanoseconds(1),
            requiredQuality: 1,
            maxCarbonGrams: 0
        )
        let decision = decide(constraints, relax: .relax)
        #expect(decision.relaxed == [.latency, .carbon, .quality, .cost])
        #expect(decision.choice == DefaultFleet.llama)
    }

    @Test func relaxesNothingThatCanBeMet() {
        let constraints = Constraints(maxCost: Money(dollars: 0.003), requiredQuality: 0.85)
        let decision = decide(constraints, relax: .relax)
        #expect(decision.choice == DefaultFleet.sonnet)
        #expect(decision.relaxed.isEmpty)
    }

    /// The original lets any model with history through its latency filter.
    @Test func theLatencyFilterReadsHistory() {
        let fleet = Fleet(catalogue: DefaultFleet.catalogue)
        fleet.observe(DefaultFleet.gpt35, times: 1000, latency: .seconds(3))
        let slow = decide(Constraints(maxLatency: .milliseconds(900)), in: fleet.snapshot(now: 0))
        #expect(slow.choice == nil)
        #expect(slow.candidates[DefaultFleet.gpt35].rejection == .constraintMissed(.latency))
        fleet.observe(DefaultFleet.gpt4, times: 1000, latency: .milliseconds(500))
        let fast = decide(Constraints(maxLatency: .milliseconds(900)), in: fleet.snapshot(now: 0))
        #expect(fast.choice == DefaultFleet.gpt4)
    }

    /// When the only model that would do is away, the answer is "later", not "never".
    @Test func aModelThatIsAwayIsAMatterOfTime() {
        let fleet = Fleet(catalogue: DefaultFleet.catalogue)
        fleet.coolDown(DefaultFleet.gpt4, until: 500)
        let constraints = Constraints(requiredQuality: 0.95)
        #expect(decide(constraints, in: fleet.snapshot(now: 499)).refusal == .unavailable(until: 500))
        #expect(decide(constraints, in: fleet.snapshot(now: 500)).choice == DefaultFleet.gpt4)
        let relaxed = decide(constraints, relax: .relax, in: fleet.snapshot(now: 0))
        #expect(relaxed.choice == DefaultFleet.opus)
        #expect(relaxed.relaxed == [.quality])
    }

    @Test func noModelAvailableIsAMatterOfTime() {
        let fleet = Fleet(catalogue: DefaultFleet.catalogue)
        for index in 0..<fleet.count { fleet.switchOff(index) }
        #expect(decide(.none, relax: .relax, in: fleet.snapshot(now: 0)).refusal == .unavailable(until: nil))
        fleet.switchOn(DefaultFleet.sonnet)
        #expect(decide(.none, in: fleet.snapshot(now: 0)).choice == DefaultFleet.sonnet)
    }
}
