@testable import Accounting
import Domain
import Testing

@Suite struct MeasuredProfileTests {
    /// A machine with a step of 100 J and 0.1 s, and 2 J and 1 ms more for each request.
    private let points = [8.0, 16, 64, 256].map {
        MeasuredProfile.Point(
            batch: $0,
            joulesPerToken: (100 + 2 * $0) / $0,
            tokensPerSecond: $0 / (0.1 + 0.001 * $0)
        )
    }

    /// The promise of the model of a step: at, between and beyond the measurements.
    @Test(arguments: [1, 4, 8, 10, 16, 33, 64, 200, 256, 500])
    func findsAStraightLineWhereverItIsAsked(batch: Double) throws {
        let profile = try #require(MeasuredProfile(machine: Machine(accelerator: "H100", count: 1), points: points))
        #expect(abs(profile.joulesPerToken(atBatch: batch) * batch - (100 + 2 * batch)) < 1e-9)
        #expect(abs(batch / profile.tokensPerSecond(atBatch: batch) - (0.1 + 0.001 * batch)) < 1e-9)
    }

    /// Where the measurements say that a step gets cheaper, or begins below nothing, no energy is negative.
    @Test func neverGoesBelowNothing() throws {
        let steep = [(8.0, 1.0), (16.0, 8.0)], falling = [(8.0, 8.0), (16.0, 1.0)]
        for pairs in [steep, falling] {
            let points = pairs.map { MeasuredProfile.Point(batch: $0.0, joulesPerToken: $0.1, tokensPerSecond: 1) }
            let profile = try #require(MeasuredProfile(machine: Machine(accelerator: "X", count: 1), points: points))
            for batch in [1.0, 7, 17, 1e6] {
                #expect(profile.joulesPerToken(atBatch: batch) > 0)
                #expect(profile.tokensPerSecond(atBatch: batch) > 0)
            }
        }
    }

    @Test func averagesWhatWasMeasuredTwice() throws {
        let twice = [1.0, 3].map { MeasuredProfile.Point(batch: 96, joulesPerToken: $0, tokensPerSecond: 10) }
        let profile = try #require(MeasuredProfile(machine: Machine(accelerator: "H100", count: 1), points: twice))
        #expect(profile.points.count == 1)
        #expect(profile.joulesPerToken(atBatch: 96) == 2)
    }

    @Test func needsOneMeasurementOfPositiveNumbers() {
        let bad = [(0.0, 1.0, 1.0), (1, .nan, 1), (1, -1, 1), (.infinity, 1, 1), (1, 1, 0)].map {
            MeasuredProfile.Point(batch: $0.0, joulesPerToken: $0.1, tokensPerSecond: $0.2)
        }
        #expect(MeasuredProfile(machine: Machine(accelerator: "H100", count: 1), points: bad) == nil)
    }

    /// 150 W for each of two accelerators, at 1,000 tokens a second: 0.3 J a token.
    @Test func countsTheHost() throws {
        let point = MeasuredProfile.Point(batch: 64, joulesPerToken: 1, tokensPerSecond: 1000)
        let machine = Machine(accelerator: "H100", count: 2)
        let profile = try #require(MeasuredProfile(machine: machine, points: [point]))
        let load = RequestLoad(inputTokens: 0, outputTokens: 10, concurrency: 64)
        let alone = EnergyModel.profile(profile, hostWattsPerAccelerator: 0).use(of: load)
        let withHost = EnergyModel.profile(profile, hostWattsPerAccelerator: 150).use(of: load)
        #expect(alone.total.provenance == .measured)
        #expect(withHost.total.provenance == .declared)
        #expect(abs(withHost.total.central - alone.total.central - 3) < 1e-9)
    }

    /// Nobody knows how crowded a hosted model is: from 8 to 512 at once.
    @Test func widensWhereTheBatchIsNotKnown() throws {
        let profile = try #require(MeasuredProfile(machine: Machine(accelerator: "H100", count: 1), points: points))
        func estimate(_ concurrency: Double?) -> EnergyEstimate {
            let load = RequestLoad(inputTokens: 0, outputTokens: 1, concurrency: concurrency)
            return EnergyModel.profile(profile, hostWattsPerAccelerator: 0).use(of: load).generation
        }
        #expect(estimate(nil).central == estimate(64).central)
        #expect(estimate(nil).low <= estimate(256).low)
        #expect(estimate(nil).high >= estimate(8).high)
        #expect(estimate(nil).provenance == .modelled)
    }

    @Test func readsTheNamesOfMachines() {
        #expect(Machine("4xH100") == Machine(accelerator: "H100", count: 4))
        #expect(Machine("B200") == Machine(accelerator: "B200", count: 1))
        #expect(Machine("8xB200")?.description == "8xB200")
        for name in ["", "4", "4x", "0xH100", "4H100", "99999999999999999999xH100", "-1xH100", "4x4"] {
            #expect(Machine(name) == nil, "\(name)")
        }
    }
}
