import Domain
import Testing

@Suite struct CarbonTests {
    @Test(arguments: 0..<50)
    func sumsAreExactAndStopAtTheEndsOfTheRange(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let (left, right) = (generator.edgy(), generator.edgy())
            let sum = Int64(saturating: Int128(left) + Int128(right))
            var carbon = Carbon(micrograms: left)
            #expect((carbon + Carbon(micrograms: right)).micrograms == sum)
            carbon += Carbon(micrograms: right)
            #expect(carbon.micrograms == sum)
        }
    }

    @Test(arguments: [(0, 0), (1, 1_000_000), (0.0000004, 0), (0.0000005, 1), (-2, -2_000_000)])
    func gramsRoundToTheNearestMicrogram(grams: Double, micrograms: Int64) {
        #expect(Carbon(grams: grams)?.micrograms == micrograms)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 9.3e12])
    func gramsBeyondTheRangeAreNone(grams: Double) {
        #expect(Carbon(grams: grams) == nil)
    }

    @Test(arguments: 0..<20)
    func gramsReadBackAsTheSameMass(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let carbon = Carbon(micrograms: .random(in: -(1 << 51)...1 << 51, using: &generator))
            #expect(Carbon(grams: carbon.grams) == carbon)
        }
    }

    @Test func theSmallerMassComesFirst() {
        #expect([Carbon.max, .zero].min() == .zero)
    }
}
