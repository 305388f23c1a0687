import Configuration
import Testing

@testable import Simulation

@Suite struct PerformanceTests {
    private func draws(
        _ behaviour: SimulationSettings.Behaviour,
        seed: UInt64 = 1,
        count: UInt64 = 20_000
    ) -> [Performance] {
        (0..<count).map { Performance(of: behaviour, seed: seed, ordinal: $0) }
    }

    @Test func repeatsWithItsSeed() throws {
        let model = try behaviour("time_between_tokens_ms: 10", "cut_rate: 0.5")
        var first = Performance(of: model, seed: 7, ordinal: 3)
        var second = Performance(of: model, seed: 7, ordinal: 3)
        #expect(first.fault == second.fault && first.tokenCount == second.tokenCount)
        #expect((0..<20).map { _ in first.nextGap() } == (0..<20).map { _ in second.nextGap() })
    }

    @Test func differsBySeedByModelAndByTurn() throws {
        let models = try settings(["a": [], "b": []]).models
        var all = [
            Performance(of: models[0], seed: 1, ordinal: 0), Performance(of: models[1], seed: 1, ordinal: 0),
            Performance(of: models[0], seed: 2, ordinal: 0), Performance(of: models[0], seed: 1, ordinal: 1),
        ]
        #expect(Set(all.indices.map { all[$0].drawBits() }).count == all.count)
    }

    /// The next turn must not draw this turn's numbers one step later.
    @Test func givesNeighboursNumbersOfTheirOwn() throws {
        var bits: Set<UInt64> = []
        for var performance in draws(try behaviour(), count: 200) {
            for _ in 0..<20 { bits.insert(performance.drawBits()) }
        }
        #expect(bits.count == 200 * 20)
    }

    @Test func failsAsOftenAsItIsSet() throws {
        let all = draws(
            try behaviour(
                "error_rate: 0.1",
                "cut_rate: 0.2",
                "stall_rate: 0.05",
                "faults: [{ fault: silence, rate: 0.05 }, { fault: drip:5, rate: 0.1 }]"
            )
        )
        var counts: [String: Double] = [:]
        for performance in all {
            let kind =
                switch performance.fault {
                case .none: "answered"
                case .status(let status, _): "\(status)"
                case .cut: "cut"
                case .stall: "stalled"
                default: performance.fault.text
                }
            counts[kind, default: 0] += 1 / Double(all.count)
        }
        // Four standard deviations of a share among 20,000 are at most 0.015.
        let expected = [
            "answered": 0.5, "500": 0.1 / 3, "503": 0.1 / 3, "429": 0.1 / 3, "cut": 0.2, "stalled": 0.05,
            "silence": 0.05, "drip:5": 0.1,
        ]
        #expect(counts.keys.sorted() == expected.keys.sorted())
        for (kind, share) in expected { #expect(abs(share - (counts[kind] ?? 0)) < 0.015, "\(kind)") }
    }

    @Test func takesTheTimesThatAreSet() throws {
        var all = draws(
            try behaviour("time_to_first_token_ms: { mean: 200, deviation: 30 }", "time_between_tokens_ms: 10")
        )
        let times = all.map { $0.timeToFirstToken / .milliseconds(1) }
        let mean = times.reduce(0, +) / Double(times.count)
        let deviation = (times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(times.count)).squareRoot()
        // Four standard errors: 4 · 30 / √20000 = 0.85, and 0.6 for the deviation.
        #expect(abs(mean - 200) < 0.85)
        #expect(abs(deviation - 30) < 0.6)
        let gaps = all.indices.map { all[$0].nextGap() / .milliseconds(1) }
        #expect(abs(gaps.reduce(0, +) / Double(gaps.count) - 10) < 0.1)
        #expect(gaps.allSatisfy { (5...15).contains($0) })
    }

    /// A lognormal has the mean and the deviation that are set, and more far above it than below.
    @Test func latenciesMayLeanToTheLongSide() throws {
        let spread = "time_to_first_token_ms: { mean: 200, deviation: 100, shape: lognormal }"
        let times = draws(try behaviour(spread)).map { $0.timeToFirstToken / .milliseconds(1) }
        let mean = times.reduce(0, +) / Double(times.count)
        let deviation = (times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(times.count)).squareRoot()
        // Four standard errors of the mean are 2.8; the deviation's are wider, for the fourth moment is large.
        #expect(abs(mean - 200) < 2.8)
        #expect(abs(deviation - 100) < 5)
        #expect(times.count { $0 > 400 } > 10 * times.count { $0 < 20 })
    }

    /// Of a Pareto tail with exponent 1, a tenth takes more than ten times the mean.
    @Test func aTailIsAsHeavyAsItIsSet() throws {
        let spread = "time_to_first_token_ms: { mean: 100, deviation: 0, tail_rate: 0.2, tail_exponent: 1 }"
        let times = draws(try behaviour(spread)).map { $0.timeToFirstToken / .milliseconds(1) }
        #expect(times.allSatisfy { $0 >= 100 && $0 <= 600_000 })
        #expect(abs(Double(times.count { $0 > 1000 }) / Double(times.count) - 0.02) < 0.004)
    }

    @Test func neverAnswersBeforeItIsAsked() throws {
        let all = draws(try behaviour("time_to_first_token_ms: { mean: 1, deviation: 100 }"), count: 1000)
        #expect(all.allSatisfy { $0.timeToFirstToken >= .zero })
        #expect(all.contains { $0.timeToFirstToken == .zero })
    }

    @Test func keepsToTheLengthsThatAreSet() throws {
        let all = draws(try behaviour("output_tokens: { mean: 40, max: 50 }"))
        #expect(all.allSatisfy { (20...50).contains($0.tokenCount) })
        #expect(all.contains { $0.tokenCount == 50 } && all.contains { $0.tokenCount == 20 })
    }
}
