public import Routing

/// How a router's head is made out of features and targets.
public struct HeadRecipe: Hashable, Sendable {
    /// What kind of head it is.
    public var kind: TrainedHead.Kind
    /// Its layers.
    public var shape: HeadShape
    /// How it is trained; a deep Q-network takes its epochs, patience and seed from here.
    public var training = TrainingSettings()
    /// How a deep Q-network learns.
    public var learning = DeepQSettings()
    /// How many networks are trained alike but for chance; their mean is used.
    public var memberCount = 3
    /// Models' scores are mixed with the mean of those of so many similar prompts.
    public var neighbourCount = 50
    /// The share that the neighbours make up: a single answer is mostly luck, and networks learn luck by heart.
    public var neighbourShare: Float = 0.8

    /// The recipe that did best in cross-validation for a head of this `kind`.
    public init(_ kind: TrainedHead.Kind) {
        self.kind = kind
        training.batchSize = 64
        training.learningRate = 1e-3
        training.weightDecay = 0.3
        switch kind {
        case .bert:
            shape = .projection
            shape.hidden = [256, 128]
        case .moe:
            shape = .gate
            training.mixture = MixtureSettings()
        case .rl:
            shape = .dueling
        }
        shape.dropout = 0.3
        shape.inputDropout = 0.3
    }
}
