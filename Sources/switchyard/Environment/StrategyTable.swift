import Environment
import Foundation
import Learning
import Reporting

/// Agents beside each other in one world.
struct StrategyTable {
    /// One agent, over several groups of episodes.
    struct Line {
        let name: String
        /// The mean reward of each group.
        let rewards: [Double]
        let cost: Double
        let served: Double

        var mean: Double { rewards.reduce(0, +) / Double(max(rewards.count, 1)) }

        var deviation: Double {
            guard rewards.count > 1 else { return 0 }
            return (rewards.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rewards.count - 1)).squareRoot()
        }
    }

    let world: EnvironmentSettings
    /// Episodes of each group.
    let episodes: Int
    /// How many groups there are.
    let groups: Int
    /// Of the first episode.
    let seed: UInt64
    private(set) var lines: [Line] = []

    init(_ world: EnvironmentSettings, episodes: Int, groups: Int, seed: UInt64) {
        (self.world, self.episodes, self.groups, self.seed) = (world, episodes, groups, seed)
    }

    /// Rules that need no training.
    mutating func addRules() throws {
        let constants = world.models.indices.map(Baseline.Rule.constant)
        let rules: [Baseline.Rule] = [.random, .roundRobin, .cheapestFirst, .leastQueue, .greedy, .usualPacing]
        let seed = seed
        for rule in constants + rules {
            try add(rule.name(of: world.models)) { Baseline(rule, seed: seed &+ UInt64($0)) }
        }
    }

    /// Bandits, which learn by playing, and are then played as they are.
    mutating func addBandits() throws {
        // As many steps as the published training of a policy has.
        let training = 100
        let ways: [(String, LinearBandit.Exploration)] = [
            ("LinUCB", .upperConfidence(width: 0.5)), ("Thompson sampling", .thompson(deviation: 0.3)),
        ]
        let environment = try RouterEnvironment(world)
        for (name, exploration) in ways {
            let bandits = try (0..<groups).map { group in
                var bandit = LinearBandit(world, exploration: exploration, seed: UInt64(group))
                let first = 700_000 &+ UInt64(group * training)
                _ = try EpisodeSummary(of: &bandit, in: environment, count: training, seed: first)
                bandit.exploration = .none
                return bandit
            }
            try add(name) { bandits[$0] }
        }
    }

    /// An agent, made anew for each group by its number.
    mutating func add(_ name: String, _ agent: (Int) -> some Agent) throws {
        let environment = try RouterEnvironment(world)
        let summaries = try (0..<groups).map { group in
            var agent = agent(group)
            let first = seed &+ UInt64(group * episodes)
            return try EpisodeSummary(of: &agent, in: environment, count: episodes, seed: first)
        }
        func mean(_ figure: (Episode) -> Double) -> Double {
            summaries.reduce(0) { $0 + $1.mean(figure) } / Double(max(summaries.count, 1))
        }
        let rewards = summaries.map { $0.mean(\.reward) }
        // One group has no deviation of means: that of its episodes is told instead.
        let told = groups == 1 ? summaries[0].episodes.map(\.reward) : rewards
        lines.append(Line(name: name, rewards: told, cost: mean(\.cost), served: mean { Double($0.servedCount) }))
    }

    /// What it all came to, the best first.
    var table: ReportTable {
        let oracle = lines.first { $0.name == Baseline.Rule.greedy.name(of: world.models) }?.mean
        let rows = lines.sorted { $0.mean > $1.mean }.map { line -> [ReportTable.Cell] in
            [
                .text(line.name), .init(line.mean, places: 1), .init(line.deviation, places: 1),
                .number(String(format: world.budget < 1 ? "%.4g" : "%.2f", line.cost)), .init(line.served, places: 0),
                .init(oracle.map { line.mean - $0 }, places: 1),
            ]
        }
        let spread = groups > 1 ? "\(groups) seeds of \(episodes) episodes each" : "\(episodes) episodes"
        return ReportTable(
            title: String(format: "Strategies with $%.4g for %d prompts", world.budget, world.episodeLength),
            header: ["strategy", "mean_reward", "std", "mean_cost_usd", "served", "beside_oracle"],
            lines: rows,
            notes: [
                "mean_reward and std are over \(spread); prompts that a spent budget has prevented earn nothing.",
                "served is the number of prompts that got an answer, of \(world.episodeLength).",
                "beside_oracle is the reward less that of the greedy one-step oracle, which knows every model's figures.",
            ]
        )
    }
}
