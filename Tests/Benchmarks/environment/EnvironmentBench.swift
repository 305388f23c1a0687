import Environment
import Glibc
import Learning

/// Measures steps, training and decisions on one core, in CPU time; and what policies and pacing earn, with `results`.
@main
struct EnvironmentBench {
    static func main() throws {
        switch CommandLine.arguments.dropFirst().first {
        case "results": return try results()
        case "dqn": return try valueResults(seeds: CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 5)
        default: break
        }
        try measureSteps()
        try measureTraining()
    }

    private static func measureSteps() throws {
        for (name, settings) in [("v0", EnvironmentSettings.v0), ("v1", .v1)] {
            var batch = try EnvironmentBatch(settings, count: 64, autoreset: .sameStep)
            batch.reset(seed: 1)
            let actions = (0..<64).map { $0 % 5 }
            let calls = 50_000
            let seconds = try cpuSeconds { for _ in 0..<calls { try batch.step(actions) } }
            print(
                "\(name): \(rounded(Double(64 * calls) / seconds / 1e6)) million steps per CPU second, 64 environments"
            )
        }
    }

    private static func measureTraining() throws {
        for (name, settings) in [
            ("as published, 1 environment", PPOSettings()), ("usual, 8 environments", .usual(for: .v1)),
        ] {
            let training = try PPOTraining(.v1, totalSteps: 100_000, settings: settings)
            let seconds = try cpuSeconds { _ = try training.run { _ in true } }
            print("PPO, \(name): \(rounded(seconds)) CPU seconds for \(training.progress.stepCount) steps")
            guard settings.environments == 1 else { continue }
            var agent = PolicyAgent(training.policy)
            var environment = try RouterEnvironment(.v1)
            environment.reset(seed: 1)
            var sum = 0
            let decisions = 1_000_000
            let spent = cpuSeconds { for _ in 0..<decisions { sum += agent.action(in: environment) } }
            print("a decision: \(rounded(spent / Double(decisions) * 1e6)) microseconds (\(sum / decisions))")
        }
    }

    /// Five seeds of each: mean rewards of 50 episodes, and their mean.
    private static func results() throws {
        for (name, world, budget, showsSteps) in [
            ("v0, $10", EnvironmentSettings.v0, 10.0, false), ("v1, $10", .v1, 10, false), ("v1, $3", .v1, 3, true),
        ] {
            var world = world
            (world.budget, world.includesStepsRemaining) = (budget, showsSteps)
            var rewards: [[Double]] = [[], []]
            var costs = [0.0, 0]
            for seed in 0..<5 {
                var settings = PPOSettings.usual(for: world)
                settings.seed = UInt64(seed)
                let training = try PPOTraining(world, totalSteps: 100_000, settings: settings)
                var curve = try TrainingCurve(world, every: 10_000, from: 0)
                var problem: (any Error)?
                _ = try training.run { _ in
                    do { _ = try curve.add(training) } catch { problem = error }
                    return problem == nil
                }
                if let problem { throw problem }
                var policy = PolicyAgent(curve.best ?? training.policy)
                var pacing = Baseline(.usualPacing)
                let first = UInt64(10_000 + 50 * seed)
                let environment = try RouterEnvironment(world)
                let played = [
                    try EpisodeSummary(of: &policy, in: environment, count: 50, seed: first),
                    try EpisodeSummary(of: &pacing, in: environment, count: 50, seed: first),
                ]
                for (index, summary) in played.enumerated() {
                    rewards[index].append(summary.mean(\.reward))
                    costs[index] += summary.mean(\.cost) / 5
                }
            }
            for (index, agent) in ["PPO", "pacing"].enumerated() {
                let each = rewards[index].map { "\(rounded($0))" }.joined(separator: " ")
                let mean = rounded(rewards[index].reduce(0, +) / 5)
                print("\(name), \(agent): \(mean) (\(each)), $\(rounded(costs[index]))")
            }
        }
    }

    /// Seeds of deep Q-learning in v1 with $10, beside the rules that it has to beat.
    private static func valueResults(seeds: Int) throws {
        let world = EnvironmentSettings.v1
        let environment = try RouterEnvironment(world)
        for rule in [Baseline.Rule.random, .roundRobin, .cheapestFirst, .leastQueue, .greedy, .usualPacing] {
            var agent = Baseline(rule)
            let summary = try EpisodeSummary(of: &agent, in: environment, count: 250, seed: 10_000)
            let name = rule.name(of: world.models)
            print("\(name): \(rounded(summary.mean(\.reward))), $\(rounded(summary.mean(\.cost)))")
        }
        for seed in 0..<seeds {
            var settings = DQNSettings.usual(for: world)
            settings.learning.seed = UInt64(seed)
            let training = try DQNTraining(world, totalSteps: 100_000, settings: settings)
            var curve = try TrainingCurve(world, every: 10_000, from: 0)
            let seconds = try cpuSeconds { _ = try training.run { _ in (try? curve.add(training)) != nil } }
            var policy = PolicyAgent(curve.best ?? training.policy)
            let summary = try EpisodeSummary(of: &policy, in: environment, count: 50, seed: UInt64(10_000 + 50 * seed))
            let points = curve.points.map { "\(Int($0.reward))" }.joined(separator: " ")
            print(
                "DQN, seed \(seed): \(rounded(summary.mean(\.reward))), $\(rounded(summary.mean(\.cost))), "
                    + "\(rounded(seconds)) CPU seconds; \(points)"
            )
        }
    }

    private static func cpuSeconds(_ body: () throws -> Void) rethrows -> Double {
        let start = clock()
        try body()
        return Double(clock() - start) / Double(CLOCKS_PER_SEC)
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
