import Domain
import Testing

@testable import Routing

/// The strategy that takes a dearer model where its gain for the prompt is worth its price.
@Suite struct UtilityTests {
    /// Two models of the registry's qualities 0.5 and 0.9, at 1 and 11 dollars a million tokens of answer.
    private func decide(
        qualities: [Double]?,
        worth: UtilityWorth = UtilityWorth(),
        ofRequest: UtilityWorth? = nil,
        count: Int = 2
    ) -> Decision {
        let models = [("cheap", 0.5, 1.0), ("dear", 0.9, 11.0), ("middle", 0.8, 3.0)].prefix(count).map {
            id,
            quality,
            price in
            DefaultFleet.model(id, price / 1000, 1000, quality, 10, [.general])
        }
        let catalogue = Catalogue(models: models, priceVersion: "")
        let router = Router(catalogue: catalogue, settings: RouterSettings(exploration: 0, worth: worth))
        let request = RoutingRequest(
            endpoint: .chat,
            capability: nil,
            strategy: .utility,
            inputTokens: 0,
            outputTokens: 1000,
            qualities: qualities,
            worth: ofRequest
        )
        let fleet = Fleet(catalogue: catalogue).snapshot(now: 0)
        return router.decide(request, fleet: fleet, draw: 0)
    }

    /// The fleet asks 0.4 of quality for its cent more: 40 a dollar.
    @Test(arguments: [(0.39, 0), (0.41, 1), (0.0, 0), (-0.2, 0)])
    func theDearerModelIsTakenWhereItGainsMoreThanTheFleetDoes(gain: Double, choice: Int) {
        #expect(decide(qualities: [0.5, 0.5 + gain]).choice == choice)
    }

    @Test func aWorthOfTheOperatorsDecides() {
        #expect(decide(qualities: [0.5, 0.6], worth: UtilityWorth(perDollar: 9)).choice == 1)
        #expect(decide(qualities: [0.5, 0.6], worth: UtilityWorth(perDollar: 11)).choice == 0)
        #expect(decide(qualities: [0.5, 0.6], worth: UtilityWorth(perDollar: 0)).choice == 1)
    }

    @Test func aRequestsOwnWorthComesBeforeThat() {
        let (low, high) = (UtilityWorth(perDollar: 9), UtilityWorth(perDollar: 11))
        #expect(decide(qualities: [0.5, 0.6], worth: low, ofRequest: high).choice == 0)
        #expect(decide(qualities: [0.5, 0.6], worth: high, ofRequest: low).choice == 1)
    }

    /// Of what is equally good the cheapest, and without a router the one that lies farthest above the line.
    @Test func theRegistrysQualitiesWillDo() {
        #expect(decide(qualities: [0.7, 0.7]).choice == 0)
        #expect(decide(qualities: nil, count: 3).choice == 2)
    }

    @Test func qualitiesOfThePromptAreWhatIsReported() {
        #expect(decide(qualities: [0.25, 0.75]).candidates.map(\.quality) == [0.25, 0.75])
    }
}
