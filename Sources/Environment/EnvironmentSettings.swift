/// Which world a router is tried in.
public struct EnvironmentSettings: Hashable, Sendable {
    /// How answers come about.
    public enum Dynamics: Int, CaseIterable, Hashable, Sendable {
        /// As the published package has it: quality depends on complexity; queues, length and time on nothing.
        case upstream
        /// As its description says: quality doesn't depend on the prompt either.
        case literal
        /// Models are servers with slots and queues, and solve a prompt with a probability that falls with its complexity.
        case realistic
    }

    /// What actions stand for, in their order.
    public var models: [ModelConfig]
    /// What steps are worth.
    public var reward: RewardConfig
    /// How answers come about.
    public var dynamics: Dynamics
    /// What comes, and how realistic answers come about.
    public var traffic = Traffic()
    /// Prompts until the time limit truncates an episode.
    public var episodeLength = 1000
    /// Dollars of an episode: it terminates when they are spent.
    public var budget = 10.0
    /// How many prompts a queue holds.
    public var maxQueueDepth = 50.0
    /// Whether observations tell the quality that the prompt requires.
    public var includesQualityRequired = false
    /// Whether observations tell how much of the episode is left, as their last component.
    public var includesStepsRemaining = false

    /// `LLMRouter-v0`: the published task, in which the constant action `tier1_small` is best in every state.
    public static let v0 = Self(models: ModelConfig.presets, reward: .published, dynamics: .upstream)
    /// `LLMRouter-v1`: the same spaces in a world where it matters what is chosen when.
    public static let v1 = Self(models: ModelConfig.presets, reward: .balanced, dynamics: .realistic)

    /// Settings with what has no usual value.
    public init(models: [ModelConfig], reward: RewardConfig, dynamics: Dynamics) {
        self.models = models
        self.reward = reward
        self.dynamics = dynamics
    }

    /// How many numbers an observation has.
    public var observationSize: Int {
        models.count + 4 + (includesQualityRequired ? 1 : 0) + (includesStepsRemaining ? 1 : 0)
    }

    func check() throws(EnvironmentError) {
        guard !models.isEmpty else { throw .noModels }
        for model in models { try model.check() }
        try reward.check()
        try traffic.check()
        guard episodeLength >= 1 else { throw .outOfRange("episode_length", "\(episodeLength)", "1 and up") }
        guard budget.isFinite, budget > 0 else { throw .outOfRange("budget", "\(budget)", "above 0") }
        guard maxQueueDepth.isFinite, maxQueueDepth > 0 else {
            throw .outOfRange("max_queue_depth", "\(maxQueueDepth)", "above 0")
        }
    }
}
