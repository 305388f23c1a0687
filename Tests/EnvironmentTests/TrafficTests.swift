import Domain
import Testing

@testable import Environment

@Suite struct TrafficTests {
    @Test func theDayHasItsPeakInTheMorning() {
        #expect(abs(Traffic().load(atTime: 0.375) - 0.9) < 1e-12)
        #expect(abs(Traffic().load(atTime: 0.125) - 0.5) < 1e-12)
        #expect(abs(Traffic().load(atTime: 0.875) - 0.1) < 1e-12)
        for minute in 0..<1440 { #expect((0.1...1).contains(Traffic().load(atTime: Double(minute) / 1440))) }
    }

    /// Mean and variance are 2/7 and 10/392 for Beta(2, 5), 2/5 and 1/25 for Beta(2, 3).
    ///
    /// Tolerances are four standard errors.
    @Test func promptsHaveTheirDistributions() {
        var generator = SeededGenerator(seed: 6)
        let prompts = (0..<20_000).map { _ in Traffic().prompt(atLoad: 0.5, using: &generator) }
        let (complexity, complexities) = moments(prompts.map(\.complexity))
        #expect(abs(complexity - 2 / 7) < 0.0046 && abs(complexities - 10 / 392) < 0.001)
        let (length, lengths) = moments(prompts.map(\.length))
        #expect(abs(length - 0.4) < 0.0057 && abs(lengths - 0.04) < 0.0015)
        let (scale, _) = moments(prompts.map { Traffic().costScale($0.length) })
        #expect(abs(scale - 1) < 0.008)
        let misses = prompts.map { $0.qualityRequired - 0.5 - 0.4 * $0.complexity }
        #expect(abs(moments(misses).mean) < 0.0015 && abs(moments(misses).variance - 0.0025) < 0.0001)
    }

    @Test func busyHoursBringHarderPrompts() {
        var generator = SeededGenerator(seed: 7)
        let means = [0.1, 0.9].map { load in
            moments((0..<5000).map { _ in Traffic().prompt(atLoad: load, using: &generator).complexity }).mean
        }
        // 0.16 but for clipping at 0.
        #expect((0.14...0.165).contains(means[1] - means[0]))
    }

    /// The share below each of these is Φ, to four standard errors; the last two lie in the tail beyond the ziggurat's edge.
    @Test func normalNumbersAreNormal() {
        var generator = SeededGenerator(seed: 8)
        let count = 400_000
        let numbers = (0..<count).map { _ in generator.normal() }
        for (x, share) in [
            (-1.0, 0.158_655_3), (-0.25, 0.401_293_7), (0, 0.5), (0.6, 0.725_746_9), (1.96, 0.975_002_1),
            (3, 0.998_650_1), (3.654_2, 0.999_871), (4, 0.999_968_3),
        ] {
            let below = Double(numbers.count { $0 < x }) / Double(count)
            #expect(abs(below - share) < 4 * (share * (1 - share) / Double(count)).squareRoot(), "\(x): \(below)")
        }
        let (mean, variance) = moments(numbers)
        #expect(abs(mean) < 0.007 && abs(variance - 1) < 0.01)
    }

    /// Quantiles of what was seen give it back: its mean, its ends, and nothing beyond them.
    @Test func whatWasSeenComesAgain() {
        var generator = SeededGenerator(seed: 10)
        let seen = (0..<5000).map { _ in generator.secondLeast(ofPairs: 3) }
        let distribution = UnitDistribution.quantiles(of: seen, count: 64)
        let drawn = (0..<20_000).map { _ in distribution.draw(using: &generator) }
        #expect(abs(moments(drawn).mean - moments(seen).mean) < 0.005)
        #expect(abs(moments(drawn).variance - moments(seen).variance) < 0.001)
        #expect(abs(distribution.mean { $0 } - moments(seen).mean) < 0.003)
        #expect(drawn.min() ?? -1 >= seen.min() ?? 0 && drawn.max() ?? 2 <= seen.max() ?? 1)
        let beta = UnitDistribution.secondLeast(pairs: 3)
        #expect(abs(beta.mean { $0 } - 2 / 7) < 1e-4)
    }

    @Test func hoursAreLoadedAsTheySay() {
        var traffic = Traffic()
        traffic.load = .hourly((0..<24).map { $0 == 9 ? 1.5 : 0.4 })
        #expect(abs(traffic.load(atTime: 9.5 / 24) - 1.5) < 1e-9 && abs(traffic.load(atTime: 10 / 24.0) - 0.95) < 1e-9)
        #expect(traffic.load(atTime: 0) == 0.4 && traffic.load(atTime: 0.999) == 0.4)
    }

    @Test func trafficThatMakesNoSenseIsRefused() {
        func refuses(_ change: (inout EnvironmentSettings) -> Void) -> Bool {
            var settings = EnvironmentSettings.v1
            change(&settings)
            do throws(EnvironmentError) { _ = try RouterEnvironment(settings) } catch { return true }
            return false
        }
        #expect(refuses { $0.traffic.arrivalRate = 0 })
        #expect(refuses { $0.traffic.load = .hourly([1]) })
        #expect(refuses { $0.traffic.complexity = .quantiles([0.5]) })
        #expect(refuses { $0.traffic.length = .quantiles([0.9, 0.1]) })
        #expect(refuses { $0.traffic.latencyScale = .init(base: 0, slope: 0) })
        #expect(refuses { $0.models[0].slots = 0 })
        #expect(refuses { $0.traffic.waitMax = .nan })
        #expect(!refuses { $0.models[0].slots = 3 })
    }

    @Test func exponentialNumbersHaveTheirMean() {
        var generator = SeededGenerator(seed: 9)
        let (mean, variance) = moments((0..<20_000).map { _ in generator.exponential(mean: 2) })
        #expect(abs(mean - 2) < 0.06 && abs(variance - 4) < 0.4)
    }

    /// Mean quality over Beta(2, 5) is the preset's score; figures of the measured reference.
    @Test func serversAreThoseMeasured() {
        let servers = ModelConfig.presets.map { Server($0, in: Traffic()) }
        for (server, ability) in zip(servers, [0.696, 0.502, 0.598, 0.441, 0.403]) {
            #expect(abs(server.ability - ability) < 0.0006)
        }
        #expect(servers.map(\.slots) == [4, 1, 3, 1, 2])
    }

    /// A rule that knows what to expect is right on average: in each world, for each model.
    @Test(arguments: EnvironmentSettings.Dynamics.allCases)
    func expectationsAreMeans(dynamics: EnvironmentSettings.Dynamics) throws {
        var settings = EnvironmentSettings(models: ModelConfig.presets, reward: .balanced, dynamics: dynamics)
        (settings.reward.slaThreshold, settings.budget) = (1.2, 1000)
        var errors: [[Double]] = Array(repeating: [], count: 5)
        var environment = try RouterEnvironment(settings)
        environment.reset(seed: 10)
        for number in 0..<10_000 {
            let action = number * 3 % 5
            let expected = environment.expectedReward(of: action, costWeight: settings.reward.costWeight)
            let step = try environment.step(action)
            errors[action].append(step.reward - expected)
            if step.isLast { environment.reset() }
        }
        for errors in errors {
            let (mean, variance) = moments(errors)
            // Clipping of quality at 1 takes a little off.
            #expect(abs(mean) < 4 * (variance / Double(errors.count)).squareRoot() + 0.001)
        }
    }

    private func moments(_ numbers: [Double]) -> (mean: Double, variance: Double) {
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        return (mean, numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count))
    }
}
