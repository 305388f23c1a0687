import Accounting
import Domain
import Routing
import Testing

/// The carbon-aware strategy at its three levels (S1-27), by hand-computed scores.
@Suite struct CarbonAwareTests {
    /// Two models of equal price and speed: a good one that emits 10 units a token, and a poorer one that emits 1.
    private let good = DefaultFleet.model("good", 0.01, 1000, 0.9, 10, [.general], joulesPerOutputToken: 10)
    private let green = DefaultFleet.model("green", 0.01, 1000, 0.5, 10, [.general], joulesPerOutputToken: 1)

    private func decide(
        _ strategy: Strategy,
        _ models: [Model],
        level: CarbonLevel = .balanced,
        _ constraints: Constraints = .none
    ) -> Decision {
        let catalogue = Catalogue(models: models, priceVersion: "test")
        let settings = RouterSettings(exploration: 0, carbonLevel: level)
        return Router(catalogue: catalogue, settings: settings).decide(
            DefaultFleet.request(.general, strategy, constraints),
            fleet: Fleet(catalogue: catalogue).snapshot(now: 0),
            draw: 0.5
        )
    }

    private func sized(_ model: Model, billions: Double? = nil, bits: Double? = nil) -> Model {
        var energy = model.energy
        energy.size = .init(billions: billions, bits: bits)
        return Model(
            id: model.id,
            displayName: model.displayName,
            provider: model.provider,
            baseURL: model.baseURL,
            upstreamName: model.upstreamName,
            keyVariable: nil,
            aliases: [],
            endpoints: model.endpoints,
            features: [],
            capabilities: model.capabilities,
            tier: model.tier,
            quality: model.quality,
            prices: model.prices,
            contextWindow: model.contextWindow,
            outputTokensMax: nil,
            latencyPrior: model.latencyPrior,
            concurrencyMax: model.concurrencyMax,
            energy: energy
        )
    }

    /// score = w · (1 − g/g_max) + (1 − w) · 0.3 · q/q_max, as cost and latency are the same: 0.3 · 0.9/0.9 against
    /// 0.9 w + (1 − w) · 0.3 · 0.5/0.9.
    @Test(arguments: [
        (Strategy.carbonAggressive, 0.15, 0.45 + 0.15 * 0.5 / 0.9),
        (.carbonBalanced, 0.195, 0.315 + 0.195 * 0.5 / 0.9), (.carbonRelaxed, 0.24, 0.18 + 0.24 * 0.5 / 0.9),
    ])
    func scoresByTheLevelsWeight(strategy: Strategy, ofGood: Double, ofGreen: Double) throws {
        let candidates = decide(strategy, [good, green]).candidates
        #expect(abs(try #require(candidates[0].score) - ofGood) < 1e-12)
        #expect(abs(try #require(candidates[1].score) - ofGreen) < 1e-12)
    }

    @Test func theSettingsLevelIsThatOfCarbonAware() {
        for level in CarbonLevel.allCases {
            let one = decide(.carbonAware, [good, green], level: level).candidates.map(\.score)
            #expect(one == decide(.carbonAware(level), [good, green]).candidates.map(\.score))
        }
        #expect(decide(.balanced, [good, green]).choice == 0)
        #expect(decide(.carbonAware, [good, green]).choice == 1)
    }

    /// 34, 70 and 405 billion parameters; a model of unknown size is not held against it.
    @Test(arguments: [
        (CarbonLevel.aggressive, 34.0, 34.1), (.balanced, 70, 71), (.relaxed, 405, 406),
    ])
    func takesNoLargerModelThanTheLevelAllows(level: CarbonLevel, largest: Double, tooLarge: Double) {
        let models = [sized(green, billions: tooLarge), sized(good, billions: largest)]
        let decision = decide(.carbonAware, models, level: level)
        #expect(decision.choice == 1)
        #expect(decision.candidates[0].rejection == .tooLarge(billions: tooLarge, limit: largest.rounded()))
        #expect(decision.fallbacks == [0], "an answer by a large model is better than none")
        #expect(decide(.carbonAware, [sized(green, billions: tooLarge), good], level: level).choice == 1)
    }

    /// A wish, not a limit: where every model is too large, one of them answers.
    @Test func refusesNothingForItsSize() {
        let models = [sized(green, billions: 500), sized(good, billions: 600)]
        #expect(decide(.carbonAware, models, level: .relaxed).choice == 0)
    }

    @Test func onlyTheAggressiveLevelWantsFourBits() {
        let models = [sized(green, bits: 16), sized(good, bits: 4)]
        #expect(decide(.carbonAggressive, models).choice == 1)
        #expect(decide(.carbonAggressive, models).candidates[0].rejection == .tooManyBits(bits: 16, limit: 4))
        #expect(decide(.carbonBalanced, models).choice == 0)
    }

    /// A hard constraint holds whatever the strategy; 1,000 tokens of 1 J at 360 g/kWh are 0.1 g.
    @Test func theLimitOnCarbonIsHard() {
        let limited = Constraints(maxCarbonGrams: 0.5)
        #expect(decide(.qualityOptimized, [good, green], limited).choice == 1)
        #expect(decide(.carbonAware, [good], limited).refusal != nil)
    }

    /// The grid decides where the energy is the same: cleaner by a factor of ten, though the registry does not say so.
    @Test func followsTheGridAsItIsNow() throws {
        let catalogue = Catalogue(
            models: [good, good].enumerated().map { sized($1, billions: Double($0 + 1)) },
            priceVersion: ""
        )
        let model = FootprintModel(declared: good.energy)
        let outlooks = [400.0, 40].map { GridOutlook(model, at: GridIntensity(declared: $0)) }
        let router = Router(catalogue: catalogue, settings: RouterSettings(exploration: 0), outlooks: outlooks)
        let request = DefaultFleet.request(.general, .carbonAware, .none)
        let decision = router.decide(request, fleet: Fleet(catalogue: catalogue).snapshot(now: 0), draw: 0.5)
        #expect(decision.choice == 1)
        // 1,000 tokens of 10 J at 40 g/kWh.
        #expect(decision.candidates[1].carbon.central == Carbon(micrograms: 111_111))
    }
}
