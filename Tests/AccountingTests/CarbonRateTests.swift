import Accounting
import Domain
import Testing

@Suite struct CarbonRateTests {
    /// 1 J and 3 J per token, a data centre that needs a fifth more, and 300 g/kWh: 100 and 300 µg per token.
    private let rate = GridOutlook(
        declaredBy: EnergyProfile(
            joulesPerInputToken: 1,
            joulesPerOutputToken: 3,
            powerUsageEffectiveness: 1.2,
            gramsPerKilowattHour: 300
        )
    ).rate

    @Test func worksOutTheUnitsByHand() {
        let estimate = rate.estimate(inputTokens: 10, outputTokens: 100)
        #expect(estimate.central == Carbon(micrograms: 10 * 100 + 100 * 300))
        #expect(estimate.central.grams == 0.031)
    }

    /// From half to double, on a grid of 30 % less to 30 % more.
    @Test func reachesToTheEndsOfBothErrors() {
        let estimate = rate.estimate(inputTokens: 0, outputTokens: 10)
        #expect(estimate.low == Carbon(micrograms: 1050))
        #expect(estimate.high == Carbon(micrograms: 7800))
        #expect(estimate.provenance == .declared)
    }

    @Test func emitsNothingForNegativeCounts() {
        let estimate = rate.estimate(inputTokens: -5, outputTokens: -1)
        #expect([estimate.low, estimate.central, estimate.high] == [.zero, .zero, .zero])
    }

    @Test(arguments: [Double.infinity, .nan, 1e300])
    func holdsWhatIsTooLargeToTheEndOfTheRange(joules: Double) {
        let profile = EnergyProfile(
            joulesPerInputToken: joules,
            joulesPerOutputToken: 0,
            powerUsageEffectiveness: 1,
            gramsPerKilowattHour: 400
        )
        #expect(GridOutlook(declaredBy: profile).rate.estimate(inputTokens: .max, outputTokens: 0).central == .max)
    }

    /// 20 tokens of the 70B model, 50 of the 34B and 125 of the 13B are a gram: the table as it was published.
    @Test(arguments: zip([PublishedCarbon.large, .medium, .small], [20, 50, 125]))
    func hasThePublishedTable(model: PublishedCarbon, tokens: Int) {
        #expect(model.rate.estimate(inputTokens: 1000, outputTokens: tokens).central == Carbon(grams: 1))
    }

    /// The straight line through a typical request gives that request's own footprint.
    @Test func straightensAModelAroundATypicalRequest() {
        let model = EnergyModel.regression(EnergyRegression(totalBillions: 70))
        let typical = RequestLoad(inputTokens: 400, outputTokens: 300, concurrency: 16)
        let intensity = GridIntensity(declared: 300)
        let rate = CarbonRate(model, around: typical, powerUsageEffectiveness: 1.2, intensity: intensity)
        let exact = Footprint(
            energy: EnergySplit(model.use(of: typical)),
            powerUsageEffectiveness: 1.2,
            intensity: intensity
        )
        let estimate = rate.estimate(inputTokens: 400, outputTokens: 300)
        for (one, other) in [
            (estimate.low, exact.carbon.low), (estimate.central, exact.carbon.central),
            (estimate.high, exact.carbon.high),
        ] {
            #expect(abs(one.micrograms - other.micrograms) <= 3)
        }
        #expect(estimate.provenance == .modelled)
    }

    @Test func addsBothEnds() {
        let one = rate.estimate(inputTokens: 1, outputTokens: 0)
        let two = one + one
        #expect(two == rate.estimate(inputTokens: 2, outputTokens: 0))
    }
}
