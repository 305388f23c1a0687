public import Environment

/// How proximal policy optimisation learns: Stable-Baselines3's figures, but for what its rewards and observations are scaled by.
public struct PPOSettings: Hashable, Sendable {
    /// How many environments take steps side by side.
    public var environments = 1
    /// Steps of each environment between updates.
    public var rolloutSteps = 2048
    /// Steps that one update of the weights sees.
    public var batchSize = 64
    /// How often each step is learned from.
    public var epochs = 10
    /// The size of Adam's steps.
    public var learningRate: Float = 3e-4
    /// Whether that falls to 0 over the training.
    public var annealsLearningRate = false
    /// γ: what a reward is worth a step later.
    public var discount = 0.99
    /// λ: how far advantages trust rewards rather than values.
    public var traceDecay = 0.95
    /// ε: how far a probability may move from what it was when the step was taken.
    public var clipRange: Float = 0.2
    /// What chance in choices is worth.
    public var entropyWeight: Float = 0.01
    /// What errors of values count beside those of choices.
    public var valueWeight: Float = 0.5
    /// Gradients of a greater norm are scaled down to this one.
    public var gradientNormMax: Float = 0.5
    /// Whether rewards are divided by the deviation of discounted returns, so that values are of the order of 1.
    public var scalesRewards = true
    /// Whether observations are standardized by what was seen so far.
    public var scalesObservations = false
    /// The widths of the hidden layers, of choices and of values alike.
    public var hidden = [64, 64]
    /// What decides all chance.
    public var seed: UInt64 = 0

    /// The figures of the published training script: one environment, and nothing scaled by what was seen but rewards.
    public init() {}

    /// What does well in a world.
    ///
    /// Where queues matter, their small numbers have to be seen: observations are standardized. In the published task
    /// nothing that is observed decides anything, and standardizing would only amplify what is noise.
    public static func usual(for world: EnvironmentSettings) -> Self {
        var settings = Self()
        (settings.environments, settings.rolloutSteps, settings.annealsLearningRate) = (8, 256, true)
        settings.scalesObservations = world.dynamics == .realistic
        return settings
    }

    func check() throws(TrainingError) {
        let counts = [environments, rolloutSteps, batchSize, epochs] + hidden
        guard counts.allSatisfy({ $0 >= 1 }), environments * rolloutSteps >= 2 else {
            throw .unusable("environments, steps, batches, epochs and layers are at least 1")
        }
        guard learningRate > 0, learningRate.isFinite, (0...1).contains(discount), (0...1).contains(traceDecay),
            clipRange > 0, clipRange.isFinite, entropyWeight.isFinite
        else { throw .unusable("the learning rate and the clip range are above 0, the discounts 0 to 1") }
    }
}
