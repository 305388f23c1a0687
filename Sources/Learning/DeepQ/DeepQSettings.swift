/// How a deep Q-network learns.
public struct DeepQSettings: Hashable, Sendable {
    /// γ: what a reward is worth a step later.
    public var discount: Float = 0.99
    /// The size of Adam's steps.
    public var learningRate: Float = 1e-4
    /// The share of a weight, times the learning rate, that each step takes away.
    public var weightDecay: Float = 0.01
    /// The share of actions taken at random at first.
    public var explorationStart = 1.0
    /// The least share of actions taken at random.
    public var explorationEnd = 0.01
    /// What the share is multiplied by after each action.
    public var explorationDecay = 0.995
    /// τ: how far the target network moves to the learning one at a time.
    public var targetShare: Float = 0.001
    /// After how many steps of learning it moves.
    public var targetEvery = 4
    /// How many steps of the past are kept.
    public var bufferCapacity = 10_000
    /// How many of them each step of learning draws.
    public var batchSize = 32
    /// α: how much more often those of higher priority are drawn.
    public var priorityExponent = 0.6
    /// Gradients of a greater norm are scaled down to this one.
    public var gradientNormMax: Float = 1
    /// The network's layers.
    public var shape = HeadShape.dueling
    /// What decides all chance.
    public var seed: UInt64 = 1

    /// The settings of the carbon-aware router's report.
    public init() {}
}
