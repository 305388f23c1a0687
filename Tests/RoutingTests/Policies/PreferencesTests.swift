import Domain
import Testing

@testable import Routing

@Suite struct PreferencesTests {
    private static let catalogue = Catalogue(
        models: [("cheap", 1.0), ("middle", 3.0), ("dear", 11.0)].map { id, price in
            DefaultFleet.model(id, price / 1000, 1000, 0.8, 10, [.general])
        },
        priceVersion: ""
    )

    private func decide(_ preferences: Preferences?, only: [String]? = nil, draw: Double = 0.99) -> Decision {
        let router = Router(catalogue: Self.catalogue, settings: RouterSettings(exploration: 0))
        let request = RoutingRequest(
            endpoint: .chat,
            capability: nil,
            strategy: .costOptimized,
            inputTokens: 10,
            outputTokens: 100,
            only: only.map { $0.map { ModelID($0) } },
            preferences: preferences
        )
        return router.decide(request, fleet: Fleet(catalogue: Self.catalogue).snapshot(now: 0), draw: draw)
    }

    @Test func whatIsPreferredIsChosenAndTheStrategyNoted() {
        let wants = Preferences(values: [0.1, 0.2, 0.9], isInForce: true, exploration: 0)
        let decision = decide(wants)
        #expect(decision.choice == 2 && decision.reason == .preferred && decision.propensity == 1)
        #expect(decision.rivals == Rivals(strategy: 0, router: 2, isRouterInForce: true))
        // Of what may be chosen at all.
        #expect(decide(wants, only: ["cheap", "middle"]).choice == 1)
    }

    @Test func outOfForceTheStrategyChooses() {
        let decision = decide(Preferences(values: [0.1, 0.2, 0.9], isInForce: false, exploration: 0))
        #expect(decision.choice == 0 && decision.reason == .bestScore)
        #expect(decision.rivals == Rivals(strategy: 0, router: 2, isRouterInForce: false))
        #expect(decide(nil).rivals == nil)
    }

    /// Three alike: each with a third of the share, and what is in force with the rest; in either state.
    @Test(arguments: [true, false])
    func explorationIsEvenAndItsPropensityExact(isInForce: Bool) {
        var counts = [0, 0, 0]
        let best = isInForce ? 2 : 0
        for step in 0..<300 {
            let wants = Preferences(values: [0.1, 0.2, 0.9], isInForce: isInForce, exploration: 0.3)
            let decision = decide(wants, draw: (Double(step) + 0.5) / 300)
            let choice = decision.choice ?? 0
            counts[choice] += 1
            #expect(abs(decision.propensity - (choice == best ? 0.8 : 0.1)) < 1e-9)
        }
        #expect(counts == (isInForce ? [30, 30, 240] : [240, 30, 30]))
    }

    /// A model that a router knows nothing of is not chosen while there is another, nor is one of no number.
    @Test func unknownModelsComeLast() {
        let decision = decide(Preferences(values: [nil, -5, .nan], isInForce: true, exploration: 0))
        #expect(decision.choice == 1)
        let nothing = Preferences(values: [nil, -5, .nan], isInForce: true, exploration: 0)
        let alone = decide(nothing, only: ["cheap", "dear"])
        #expect(alone.choice == 0 && alone.rivals == nil)
    }
}
