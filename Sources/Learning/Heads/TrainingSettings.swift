/// How a network is trained.
public struct TrainingSettings: Hashable, Sendable {
    /// How often each example is seen, at most.
    public var epochs = 10
    /// Examples a step.
    public var batchSize = 32
    /// The highest learning rate, after warm-up; it decays to 0 over the epochs.
    public var learningRate: Float = 5e-4
    /// For how many steps the learning rate grows, a quarter of all at most.
    public var warmUpSteps = 100
    /// The share of a weight, times the learning rate, that each step takes away.
    public var weightDecay: Float = 0.01
    /// Gradients of a greater norm are scaled down to this one.
    public var gradientNormMax: Float = 1
    /// Training ends when the validation loss hasn't fallen for so many epochs.
    public var patience = 3
    /// How classes are charged.
    public var loss = ClassLoss.crossEntropy
    /// What makes a gate spread its load; `nil` for heads that aren't a mixture's.
    public var mixture: MixtureSettings?
    /// What decides all chance.
    public var seed: UInt64 = 1

    /// The usual settings of a head on fixed features.
    public init() {}
}

/// What is peculiar to the gate of a mixture.
public struct MixtureSettings: Hashable, Sendable {
    /// How many experts share a prompt.
    public var expertsPerPrompt = 2
    /// How much an uneven load is charged, beside the cross-entropy.
    public var balanceWeight: Float = 0.01
    /// The standard deviation of the noise on the logits that gates are made of, while learning.
    public var noise: Float = 0.1

    /// Two experts, a balance of 0.01, noise of 0.1.
    public init() {}
}
