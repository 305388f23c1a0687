import Accounting
import Domain
import Testing

@Suite struct EquivalenceTests {
    /// The 0.989 kg of RouterLLM's report on its grid of 330.7 g/kWh: 4.0 km, 3.0 kWh (not 0.5) and 80 charges (not 5).
    @Test func correctsThePublishedComparisons() throws {
        let carbon = try #require(Carbon(grams: 989))
        let intensity = GridIntensity(330.7, within: ErrorBand(factor: 1), basis: .current)
        let counts = Equivalence.table(at: intensity, year: 2025).map { $0.count(of: carbon) ?? 0 }
        #expect(abs(counts[0] - 4.05) < 0.01)
        #expect(abs(counts[1] - 2.99) < 0.01)
        #expect(abs(counts[2] - 79.8) < 0.1)
    }

    /// Energy to carbon and back by the same factor is the same energy.
    @Test func givesBackTheEnergyOfTheSameGrid() throws {
        let intensity = GridIntensity(declared: 412)
        let estimate = CarbonEstimate(EnergyEstimate(measured: 2.5 * 3.6e6), at: intensity)
        let count = try #require(Equivalence.kilowattHour(at: intensity, year: 2025).count(of: estimate.central))
        #expect(abs(count - 2.5) < 1e-6)
    }

    @Test func namesItsSources() {
        for equivalence in Equivalence.table(at: .world, year: 2025) {
            #expect(!equivalence.source.isEmpty && !equivalence.unit.isEmpty && equivalence.year >= 2020)
        }
    }

    /// A grid that emits nothing compares with no amount of electricity: no infinity, no zero.
    @Test func saysNothingWithoutAFactor() {
        let clean = GridIntensity(0, within: ErrorBand(factor: 1), basis: .current)
        #expect(Equivalence.kilowattHour(at: clean, year: 2025).count(of: Carbon(micrograms: 5)) == nil)
    }
}
