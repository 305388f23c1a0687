import Domain
import Routing
import Testing

/// The choices of the published router's shipped default, measured on its code (requirement S3-C07).
@Suite struct GoldenTableTests {
    /// One row of the table: what each strategy chooses for a capability.
    struct Row: Sendable {
        let capability: Capability
        let cost: Int
        let latency: Int
        let quality: Int
        let ensemble: Int
        /// The first model in the list that has the capability.
        let first: Int
    }

    private typealias Fleet = DefaultFleet

    static let rows = [
        Row(capability: .simpleQA, cost: 4, latency: 1, quality: 3, ensemble: 1, first: 1),
        Row(capability: .summarization, cost: 4, latency: 1, quality: 3, ensemble: 1, first: 1),
        Row(capability: .general, cost: 4, latency: 1, quality: 0, ensemble: 1, first: 0),
        Row(capability: .complexReasoning, cost: 2, latency: 2, quality: 0, ensemble: 2, first: 0),
        Row(capability: .analysis, cost: 2, latency: 2, quality: 0, ensemble: 2, first: 0),
        Row(capability: .codeGeneration, cost: 0, latency: 0, quality: 0, ensemble: 0, first: 0),
        Row(capability: .creativeWriting, cost: 2, latency: 2, quality: 2, ensemble: 2, first: 2),
        Row(capability: .translation, cost: 3, latency: 3, quality: 3, ensemble: 3, first: 3),
    ]

    @Test(arguments: rows)
    func choosesAsTheTableSays(row: Row) {
        func choice(_ strategy: Strategy) -> Int? {
            Fleet.router.decide(Fleet.request(row.capability, strategy), fleet: Fleet.fresh, draw: 0.5).choice
        }
        #expect(choice(.costOptimized) == row.cost)
        #expect(choice(.latencyOptimized) == row.latency)
        #expect(choice(.qualityOptimized) == row.quality)
        #expect(choice(.ensemble) == row.ensemble)
        #expect(choice(.roundRobin) == row.first)
        #expect(choice(.leastLoaded) == row.first)
    }

    @Test(arguments: [
        (Capability.general, [0, 2, 3]), (.simpleQA, [3, 4]), (.complexReasoning, [0]), (.codeGeneration, []),
        (.creativeWriting, []), (.translation, []),
    ])
    func fallsBackByQualityAndNeverToTheChoice(capability: Capability, fallbacks: [Int]) {
        let decision = Fleet.router.decide(Fleet.request(capability, .ensemble), fleet: Fleet.fresh, draw: 0.5)
        #expect(decision.fallbacks == fallbacks)
    }

    @Test func namesAsManyFallbacksAsAsked() {
        var request = Fleet.request(.general, .costOptimized)
        for (count, expected) in [(0, []), (1, [0]), (4, [0, 2, 3, 1]), (9, [0, 2, 3, 1]), (-1, [])] {
            request.fallbacksMax = count
            #expect(Fleet.router.decide(request, fleet: Fleet.fresh, draw: 0).fallbacks == expected)
        }
    }

    @Test func expectsTheTablesCosts() {
        let candidates = Fleet.router.decide(Fleet.request(.general, .balanced), fleet: Fleet.fresh, draw: 0).candidates
        #expect(candidates.map(\.expectedCost.description).first == "0.030000000")
        #expect(candidates.map(\.expectedCost.description).last == "0.001000000")
        #expect(candidates.map(\.expectedLatency) == [2000, 800, 1500, 1000, 1200].map { .milliseconds($0) })
    }

    /// 0.3 (1 − c/c_max) + 0.4 (1 − l/l_max) + 0.3 q/q_max, worked out by hand for the general capability.
    @Test func scoresBalancedByItsFormula() throws {
        let decision = Fleet.router.decide(Fleet.request(.general, .balanced), fleet: Fleet.fresh, draw: 0)
        let expected = [
            0.3 * 0 + 0.4 * 0 + 0.3 * 1,
            0.3 * (1 - 2.0 / 30) + 0.4 * (1 - 800.0 / 2000) + 0.3 * 0.80 / 0.95,
            0.3 * (1 - 15.0 / 30) + 0.4 * (1 - 1500.0 / 2000) + 0.3 * 0.93 / 0.95,
            0.3 * (1 - 3.0 / 30) + 0.4 * (1 - 1000.0 / 2000) + 0.3 * 0.85 / 0.95,
            0.3 * (1 - 1.0 / 30) + 0.4 * (1 - 1200.0 / 2000) + 0.3 * 0.75 / 0.95,
        ]
        for (candidate, score) in zip(decision.candidates, expected) {
            #expect(abs(try #require(candidate.score) - score) < 1e-12)
        }
        #expect(decision.choice == Fleet.gpt35)
    }

    /// The original called its ensemble balanced; the two are not the same strategy.
    @Test func balancedCanDifferFromTheEnsemble() {
        let catalogue = Catalogue(
            models: [
                DefaultFleet.model("fast", 0.030, 900, 0.5, 10, [.general]),
                DefaultFleet.model("even", 0.002, 1000, 0.9, 10, [.general]),
                DefaultFleet.model("cheap", 0.001, 2000, 0.6, 10, [.general]),
                DefaultFleet.model("able", 0.020, 1800, 0.95, 10, [.general]),
            ],
            priceVersion: "test"
        )
        let router = Router(catalogue: catalogue, settings: RouterSettings(exploration: 0))
        let fleet = Routing.Fleet(catalogue: catalogue).snapshot(now: 0)
        let voted = router.decide(Fleet.request(.general, .ensemble, .none), fleet: fleet, draw: 0)
        #expect(voted.choice == 0)
        #expect(voted.reason.description == "it has 39 % of the votes")
        #expect(router.decide(Fleet.request(.general, .balanced, .none), fleet: fleet, draw: 0).choice == 1)
    }

    @Test func tiesGoToTheFirstInTheCatalogue() {
        let twins = ["a", "b", "c"].map { DefaultFleet.model($0, 0.01, 1000, 0.8, 10, [.general]) }
        let catalogue = Catalogue(models: twins, priceVersion: "test")
        let router = Router(catalogue: catalogue, settings: RouterSettings(exploration: 0))
        for strategy in Strategy.allCases where strategy != .random {
            let request = Fleet.request(.general, strategy, .none)
            let decision = router.decide(request, fleet: Routing.Fleet(catalogue: catalogue).snapshot(now: 0), draw: 0)
            #expect(decision.choice == 0)
            #expect(decision.fallbacks == [1, 2])
        }
    }
}
