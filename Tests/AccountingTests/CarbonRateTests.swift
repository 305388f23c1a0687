import Accounting
import Domain
import Testing

@Suite struct CarbonRateTests {
    /// 1 J and 3 J per token, a data centre that needs a fifth more, and 300 g/kWh: 100 and 300 µg per token.
    private let rate = CarbonRate(
        EnergyProfile(
            joulesPerInputToken: 1,
            joulesPerOutputToken: 3,
            powerUsageEffectiveness: 1.2,
            gramsPerKilowattHour: 300
        )
    )

    @Test func worksOutTheUnitsByHand() {
        let estimate = rate.estimate(inputTokens: 10, outputTokens: 100)
        #expect(estimate.central == Carbon(micrograms: 10 * 100 + 100 * 300))
        #expect(estimate.central.grams == 0.031)
    }

    @Test func reachesFromHalfToDouble() {
        let estimate = rate.estimate(inputTokens: 0, outputTokens: 10)
        #expect(estimate.low == Carbon(micrograms: 1500))
        #expect(estimate.high == Carbon(micrograms: 6000))
        #expect(estimate.provenance == .declared)
    }

    @Test func emitsNothingForNegativeCounts() {
        #expect(rate.estimate(inputTokens: -5, outputTokens: -1) == .zero)
    }

    @Test(arguments: [Double.infinity, .nan, 1e300])
    func holdsWhatIsTooLargeToTheEndOfTheRange(joules: Double) {
        let profile = EnergyProfile(
            joulesPerInputToken: joules,
            joulesPerOutputToken: 0,
            powerUsageEffectiveness: 1,
            gramsPerKilowattHour: 400
        )
        #expect(CarbonRate(profile).estimate(inputTokens: .max, outputTokens: 0).central == .max)
    }

    @Test func addsBothEnds() {
        let one = rate.estimate(inputTokens: 1, outputTokens: 0)
        let two = one + one
        #expect(two == rate.estimate(inputTokens: 2, outputTokens: 0))
    }
}
