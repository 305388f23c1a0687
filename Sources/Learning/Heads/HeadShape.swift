/// The layers of a router's head, from its features to a number for each class or model.
public struct HeadShape: Hashable, Sendable {
    /// What stands behind each hidden layer.
    public enum Activation: String, Hashable, Sendable {
        /// max(x, 0).
        case relu
        /// x·Φ(x).
        case gelu
    }

    /// How wide the hidden layers are, the first one nearest to the features; the last one's output is the embedding.
    public var hidden: [Int]
    /// What stands behind each of them.
    public var activation: Activation
    /// Whether batch normalization stands before it.
    public var isNormalized: Bool
    /// The probability with which values are dropped behind it.
    public var dropout: Float
    /// The probability with which features are dropped.
    public var inputDropout: Float = 0
    /// Whether the output is cut into the prompt's value and each choice's advantage.
    public var isDueling: Bool

    /// An encoder's classifier: one projection, which is trained with it, and a linear layer.
    public static let projection = HeadShape(
        hidden: [128],
        activation: .gelu,
        isNormalized: false,
        dropout: 0.1,
        isDueling: false
    )
    /// A mixture's gate: 256, 128, and an expert each.
    public static let gate = HeadShape(
        hidden: [256, 128],
        activation: .relu,
        isNormalized: false,
        dropout: 0.1,
        isDueling: false
    )
    /// A dueling network: 256, 256, 128, and two streams of 64 each.
    ///
    /// Wang et al., "Dueling network architectures for deep reinforcement learning", 2016.
    public static let dueling = HeadShape(
        hidden: [256, 256, 128],
        activation: .relu,
        isNormalized: true,
        dropout: 0.2,
        isDueling: true
    )
}
