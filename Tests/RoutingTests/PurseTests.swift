import Domain
import Routing
import Testing

/// What budgets do to a choice: the default fleet's models hold 0.001 (llama) to 0.03 dollars (gpt-4) for 1,000 tokens.
@Suite struct PurseTests {
    private let router = DefaultFleet.router

    private func decide(
        _ purse: Purse?,
        _ strategy: Strategy = .qualityOptimized,
        _ constraints: Constraints = .none,
        in fleet: FleetSnapshot = DefaultFleet.fresh
    ) -> Decision {
        var request = DefaultFleet.request(.general, strategy, constraints)
        request.purse = purse
        return router.decide(request, fleet: fleet, draw: 0.5)
    }

    private func purse(dollars: Double, prices: Purse.Prices = .usual) -> Purse {
        var left = Charge.unlimited
        left.cost = Money(dollars: dollars) ?? .zero
        return Purse(left: left, inputTokens: 0, outputTokens: 1000, prices: prices)
    }

    @Test func takesTheBestModelThatABudgetStillPays() {
        #expect(decide(nil).choice == DefaultFleet.gpt4)
        #expect(decide(purse(dollars: 0.03)).choice == DefaultFleet.gpt4)
        #expect(decide(purse(dollars: 0.029999999)).choice == DefaultFleet.opus)
        #expect(decide(purse(dollars: 0.0019)).choice == DefaultFleet.llama)
    }

    /// The inversion of requirement S2: less money must never buy a dearer model.
    @Test func neverChoosesADearerModelAsTheBudgetRunsOut() {
        for strategy in Strategy.allCases where strategy != .random && strategy != .roundRobin {
            var dearest = Money.max
            for dollars in stride(from: 0.04, through: 0, by: -0.0005) {
                let decision = decide(purse(dollars: dollars), strategy, Constraints(requiredQuality: 0.7))
                guard let choice = decision.choice else { continue }
                let cost = decision.candidates[choice].expectedCost
                #expect(cost <= Money(dollars: dollars) ?? .zero, "\(strategy) with \(dollars)")
                #expect(
                    cost <= dearest || strategy == .leastLoaded || strategy == .balanced,
                    "\(strategy) at \(dollars)"
                )
                dearest = min(dearest, cost)
            }
        }
    }

    /// The quick look says that there is plenty only where no model would be rejected, and says so where that is true.
    @Test func aPurseThatAllHoldsFitIntoRejectsNone() {
        for dollars in stride(from: 0.04, through: 0, by: -0.0005) {
            let purse = purse(dollars: dollars)
            let decision = decide(purse)
            let isAnyOverBudget = decision.candidates.contains { $0.rejection == .overBudget(.cost) }
            #expect(router.holdsFit(inputTokens: 0, outputTokens: 1000, in: purse.left) != isAnyOverBudget)
        }
    }

    @Test func fallsBackOnlyOnModelsThatFit() {
        let decision = decide(purse(dollars: 0.015))
        #expect(
            decision.fallbacks.allSatisfy { decision.candidates[$0].expectedCost <= Money(dollars: 0.015) ?? .zero }
        )
        #expect(decision.candidates[DefaultFleet.gpt4].rejection == .overBudget(.cost))
    }

    @Test func refusesWhatNoBudgetPaysAndSaysSo() {
        #expect(decide(purse(dollars: 0.0009)).refusal == .overBudget(.cost))
        var left = Charge.unlimited
        left.carbon = Carbon(micrograms: 99_999)
        let carbon = Purse(left: left, inputTokens: 0, outputTokens: 1000)
        #expect(decide(carbon).refusal == .overBudget(.carbon))
        left = .unlimited
        left.tokens = 999
        #expect(decide(Purse(left: left, inputTokens: 0, outputTokens: 1000)).refusal == .overBudget(.tokens))
        left = .unlimited
        left.energy = Energy(microjoules: 999_999_999)
        #expect(decide(Purse(left: left, inputTokens: 0, outputTokens: 1000)).refusal == .overBudget(.energy))
    }

    /// Only money stands between this request and a model of that quality: more patience would not help.
    @Test func blamesTheBudgetWhereTheConstraintsCouldBeMet() {
        let decision = decide(purse(dollars: 0.002), .qualityOptimized, Constraints(requiredQuality: 0.9))
        #expect(decision.refusal == .overBudget(.cost))
    }

    @Test func waitsForACheaperModelRatherThanRefuseForGood() {
        let fleet = Fleet(catalogue: DefaultFleet.catalogue)
        fleet.coolDown(DefaultFleet.llama, until: 50)
        let decision = decide(purse(dollars: 0.001), in: fleet.snapshot(now: 10))
        #expect(decision.refusal == .unavailable(until: 50))
    }

    @Test func keepsToTheBudgetOfAModel() {
        var left = Charge.unlimited
        left.cost = Money(dollars: 0.0299) ?? .zero
        var purse = Purse(left: .unlimited, inputTokens: 0, outputTokens: 1000)
        purse.leftByModel = [DefaultFleet.gpt4: left]
        #expect(decide(purse).choice == DefaultFleet.opus)
        #expect(decide(purse, .costOptimized).choice == DefaultFleet.llama)
    }

    /// As dollars grow dearer, the strategy of quality moves down the price list, and never up again.
    @Test func shadowPricesMoveTheChoiceBeforeABudgetIsGone() {
        var costs: [Money] = []
        for price in [1.0, 1.5, 2, 4, 8, 100] {
            let decision = decide(purse(dollars: 100, prices: .init(cost: price)))
            costs.append(decision.choice.map { decision.candidates[$0].expectedCost } ?? .zero)
        }
        #expect(costs.first == Money(dollars: 0.03))
        #expect(costs.last == Money(dollars: 0.001))
        #expect(costs == costs.sorted(by: >))
    }

    @Test func shadowPricesMoveVotesAndTurns() {
        let dear = Purse.Prices(cost: 1000)
        #expect(decide(purse(dollars: 100, prices: dear), .ensemble).choice == DefaultFleet.llama)
        #expect(decide(purse(dollars: 100, prices: dear), .leastLoaded).choice == DefaultFleet.llama)
    }
}
