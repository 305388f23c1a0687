import Accounting
import Domain
import Testing

@Suite struct FootprintTests {
    /// A thousand joules at a PUE of 1.2 and 360 g/kWh: 0.12 g.
    @Test func worksOutTheUnitsByHand() {
        let footprint = Footprint(
            energy: EnergySplit(generation: EnergyEstimate(measured: 1000)),
            powerUsageEffectiveness: 1.2,
            intensity: GridIntensity(360, within: ErrorBand(factor: 1), basis: .current)
        )
        #expect(footprint.energy.total.central == 1200)
        #expect(footprint.carbon.central == Carbon(grams: 0.12))
        #expect(footprint.carbon.low == footprint.carbon.high)
        #expect(footprint.carbon.provenance == .measured)
    }

    /// RouterLLM's own log: it reported 0.000227 kg, the third of three requests, where the total was 0.000635 kg.
    ///
    /// Routing and loading of the third are the log's; how the first two divide their 0.000408 kg is not told.
    @Test func accumulatesWhereTheOriginalKeptTheLastRequestOnly() {
        let third = emitting(router: 6.6e-6, loading: 6.0e-6, generation: 2.142e-4)
        let earlier = [
            emitting(router: 6.6e-6, loading: 6.0e-6, generation: 1.914e-4),
            emitting(router: 6.6e-6, loading: 6.0e-6, generation: 1.916e-4),
        ]
        let total = (earlier + [third]).reduce(.zero, +)
        #expect(abs(third.carbon.central.grams / 1000 - 0.000227) < 5e-7)
        #expect(abs(total.carbon.central.grams / 1000 - 0.000635) < 5e-7)
        #expect(total[.router].central == Carbon(grams: 0.0198))
        #expect(total[.modelLoading].central == Carbon(grams: 0.018))
        #expect(total[.generation].central == Carbon(grams: 0.5972))
    }

    /// Parts add up to the whole to the microgram, one by one and all together, for any sums.
    @Test(arguments: 0..<50)
    func componentsAddUp(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let footprints = (0..<100).map { _ in random(using: &generator) }
        let sum = footprints.reduce(.zero, +)
        #expect(sum.carbon == footprints.map(\.carbon).reduce(.zero, +))
        #expect(sum.carbon == Footprint.Component.allCases.map { sum[$0] }.reduce(.zero, +))
        #expect(sum.carbon.low <= sum.carbon.central && sum.carbon.central <= sum.carbon.high)
        let joules = footprints.reduce(0) { $0 + $1.energy.total.central }
        #expect(abs(sum.energy.total.central - joules) <= 1e-9 * joules)
    }

    @Test func isAsWeakAsItsWeakestPart() {
        let declared = EnergyEstimate(10, within: ErrorBand(factor: 2), provenance: .declared)
        let measured = EnergyEstimate(measured: 10)
        let grid = GridIntensity(100, within: ErrorBand(factor: 1), basis: .current)
        func provenance(_ energy: EnergySplit, _ intensity: GridIntensity) -> Provenance {
            Footprint(energy: energy, powerUsageEffectiveness: 1, intensity: intensity).carbon.provenance
        }
        #expect(provenance(EnergySplit(generation: measured), grid) == .measured)
        #expect(provenance(EnergySplit(router: declared, generation: measured), grid) == .declared)
        #expect(provenance(EnergySplit(generation: measured), .world) == .modelled)
        // What did not happen weakens nothing.
        #expect(provenance(.zero, .world) == .measured)
    }

    /// 65 W of a processor for 4 ms is 0.26 J; time and power that make no sense are none.
    @Test func countsTheRoutersWork() {
        func joules(_ watts: Double, _ duration: Duration) -> Double {
            let band = ErrorBand(factor: 2)
            return EnergyEstimate(watts: watts, during: duration, within: band, provenance: .declared).central
        }
        #expect(abs(joules(65, .milliseconds(4)) - 0.26) < 1e-12)
        #expect(joules(-65, .seconds(1)) == 0)
        #expect(joules(.nan, .seconds(1)) == 0)
    }

    /// A meter's share is divided as the model would divide it, and stays whole.
    @Test func dividesWhatWasMeasured() {
        let model = EnergyModel.perToken(TokenEnergy(joulesPerInputToken: 1, joulesPerOutputToken: 3))
        let use = model.use(of: RequestLoad(inputTokens: 100, outputTokens: 100, concurrency: nil))
        let measured = ModelEnergy(measured: 1000, dividedAs: use)
        #expect(measured.prompt.central == 250)
        #expect(measured.generation.central == 750)
        #expect(measured.total.provenance == .measured)
        let none = model.use(of: RequestLoad(inputTokens: 0, outputTokens: 0, concurrency: nil))
        #expect(ModelEnergy(measured: 1000, dividedAs: none).generation.central == 1000)
    }

    /// 267 g an hour for eight: half an hour on four of them, with nine others.
    @Test func sharesTheMakingOfTheMachine() throws {
        let machine = try #require(Machine("4xH100"))
        let share = try #require(EmbodiedRate(machine)).share(of: .seconds(1800), concurrency: 10)
        #expect(share.central == Carbon(grams: 267.0 / 2 / 2 / 10))
        #expect(share.low < share.central && share.central < share.high)
        #expect(EmbodiedRate(Machine(accelerator: "abacus", count: 1)) == nil)
        #expect(EmbodiedRate(gramsPerHour: -1).share(of: .seconds(-5), concurrency: .nan).central == .zero)
    }

    @Test(arguments: [-1, 0, 0.5, .nan] as [Double])
    func neverTakesADataCentreForAGenerator(effectiveness: Double) {
        let energy = EnergySplit(prompt: EnergyEstimate(measured: 1))
        let footprint = Footprint(energy: energy, powerUsageEffectiveness: effectiveness, intensity: .world)
        #expect(footprint.energy.total.central == 1)
    }

    /// Kilograms on a grid of 1 g/kJ.
    private func emitting(router: Double, loading: Double, generation: Double) -> Footprint {
        func joules(_ kilograms: Double) -> EnergyEstimate {
            EnergyEstimate(measured: kilograms * 1e6)
        }
        return Footprint(
            energy: EnergySplit(
                router: joules(router),
                modelLoading: joules(loading),
                generation: joules(generation)
            ),
            powerUsageEffectiveness: 1,
            intensity: GridIntensity(3600, within: ErrorBand(factor: 1), basis: .current)
        )
    }

    private func random(using generator: inout SeededGenerator) -> Footprint {
        func energy() -> EnergyEstimate {
            EnergyEstimate(
                .random(in: 0...5000, using: &generator),
                within: ErrorBand(factor: .random(in: 1...3, using: &generator)),
                provenance: .modelled
            )
        }
        return Footprint(
            energy: EnergySplit(router: energy(), modelLoading: energy(), prompt: energy(), generation: energy()),
            powerUsageEffectiveness: 1.1,
            intensity: GridIntensity(declared: .random(in: 10...900, using: &generator)),
            embodied: EmbodiedRate(gramsPerHour: 267).share(of: .seconds(3), concurrency: 8)
        )
    }
}
