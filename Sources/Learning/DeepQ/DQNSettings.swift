public import Environment

/// How a dueling double deep Q-network learns in an environment.
public struct DQNSettings: Hashable, Sendable {
    /// How many environments take steps side by side.
    public var environments = 8
    /// Steps of all environments together before anything is learned: what is observed and earned in them, all choices being
    /// random, is what observations and rewards are scaled by.
    public var warmupSteps = 2000
    /// Steps of all environments together for each step of learning.
    public var learningEvery = 4
    /// The share of the training over which the share of random actions falls evenly to its end.
    public var explorationShare = 0.2
    /// Whether the step of learning falls to 0 over the training.
    public var annealsLearningRate = true
    /// The network, and how it learns.
    public var learning: DeepQSettings

    /// What does well in a world.
    ///
    /// Queues empty within seconds, so a reward is worth little some twenty steps later: a nearer horizon than that of the
    /// carbon-aware router's report makes values that are learned quickly.
    public static func usual(for world: EnvironmentSettings) -> Self {
        var learning = DeepQSettings()
        learning.shape = .dueling
        (learning.shape.hidden, learning.shape.isNormalized, learning.shape.dropout) = ([64, 64], false, 0)
        (learning.discount, learning.learningRate, learning.weightDecay) = (0.95, 1e-3, 0)
        (learning.bufferCapacity, learning.batchSize) = (50_000, 64)
        (learning.targetShare, learning.targetEvery) = (0.01, 1)
        (learning.explorationEnd, learning.gradientNormMax) = (0.02, 10)
        return Self(learning: learning)
    }

    func check() throws(TrainingError) {
        guard environments >= 1, warmupSteps >= 1, learningEvery >= 1, learning.batchSize >= 1,
            learning.bufferCapacity >= learning.batchSize, learning.shape.hidden.allSatisfy({ $0 >= 1 }),
            !learning.shape.hidden.isEmpty
        else {
            throw .unusable("environments, steps, batches and layers are at least 1, and the buffer holds a batch")
        }
        guard learning.learningRate > 0, learning.learningRate.isFinite, (0...1).contains(learning.discount),
            (0...1).contains(explorationShare), (0...1).contains(learning.explorationEnd)
        else { throw .unusable("the learning rate is above 0, discount and exploration are 0 to 1") }
    }
}
