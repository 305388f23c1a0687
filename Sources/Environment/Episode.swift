/// What an episode came to.
///
/// Counted over the whole of it: steps that a spent budget has prevented are worth nothing, so that going bankrupt early
/// does not look cheap beside an agent that lasts.
public struct Episode: Hashable, Sendable {
    /// The sum of rewards.
    public private(set) var reward = 0.0
    /// Dollars spent.
    public private(set) var cost = 0.0
    /// Prompts that got an answer, good or bad.
    public private(set) var servedCount = 0
    /// Prompts that came before time or money ended it.
    public private(set) var stepCount = 0
    /// How often each model was chosen.
    public private(set) var choices: [Int]
    /// Whether the budget was spent before the time was over.
    public private(set) var isBankrupt = false

    /// Lets `agent` play an episode of `environment` whose chance `seed` decides.
    ///
    /// - Throws: ``EnvironmentError/noSuchAction(_:models:)`` for an agent that chooses none of the models.
    public init(
        of agent: inout some Agent,
        in environment: inout RouterEnvironment,
        seed: UInt64
    ) throws(EnvironmentError) {
        choices = Array(repeating: 0, count: environment.settings.models.count)
        environment.reset(seed: seed)
        agent.begin(environment)
        while true {
            let step = try environment.step(agent.action(in: environment))
            agent.observe(step, in: environment)
            reward += step.reward
            cost += step.cost
            servedCount += step.isFailed ? 0 : 1
            stepCount += 1
            choices[step.model] += 1
            guard step.isLast else { continue }
            isBankrupt = step.isTerminated && !step.isTruncated
            return
        }
    }
}

/// Episodes of one agent together.
public struct EpisodeSummary: Hashable, Sendable {
    /// The episodes, in the order of their seeds.
    public let episodes: [Episode]

    /// Lets `agent` play `count` episodes by seeds from `seed` on.
    ///
    /// - Throws: As ``Episode/init(of:in:seed:)``.
    public init(
        of agent: inout some Agent,
        in environment: RouterEnvironment,
        count: Int,
        seed: UInt64
    ) throws(EnvironmentError) {
        var environment = environment
        var episodes: [Episode] = []
        for index in 0..<count {
            episodes.append(try Episode(of: &agent, in: &environment, seed: seed &+ UInt64(index)))
        }
        self.episodes = episodes
    }

    /// The mean of a figure.
    public func mean(_ figure: (Episode) -> Double) -> Double {
        episodes.reduce(0) { $0 + figure($1) } / Double(max(episodes.count, 1))
    }

    /// The standard deviation of a figure over episodes; 0 of fewer than two.
    public func deviation(_ figure: (Episode) -> Double) -> Double {
        guard episodes.count > 1 else { return 0 }
        let mean = mean(figure)
        let squares = episodes.reduce(0) { $0 + (figure($1) - mean) * (figure($1) - mean) }
        return (squares / Double(episodes.count - 1)).squareRoot()
    }
}
