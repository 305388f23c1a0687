public import Domain

/// A router that has learned: from what is known of a prompt to the quality that each model's answer should have.
///
/// An estimator is bound to its models when it is made, so that names are looked up once and not for each request. It
/// neither reads files nor runs the encoder: vectors come in with the evidence, and what lacks them is estimated from
/// the rest.
public protocol QualityEstimator: Sendable {
    /// The models that are estimated, in the order of ``PromptEstimate/qualities``.
    var models: [ModelID] { get }

    /// The encoder's layers that the evidence should hold: 0 for the embeddings' output; empty if text is enough.
    var layers: [Int] { get }

    /// What to expect of each model for this prompt.
    func estimate(_ prompt: PromptEvidence) -> PromptEstimate
}

/// A model to estimate, and what is thought of it where nothing was learned of it.
public struct ModelPrior: Hashable, Sendable {
    /// The registry's name for it.
    public let id: ModelID
    /// Expected quality over all prompts, 0 to 1; the registry's figure.
    public let quality: Double

    /// The model called `id`, of this `quality` from 0 to 1.
    public init(id: ModelID, quality: Double) {
        self.id = id
        self.quality = quality
    }
}

extension ModelPrior {
    /// The same, or 1/2 where nothing is thought of it.
    var known: ModelPrior { quality.isNaN ? ModelPrior(id: id, quality: 0.5) : self }
}

/// The quality that one model's answer should have.
public struct QualityEstimate: Hashable, Sendable {
    /// The expected score, 0 to 1; where scores are right or wrong, the calibrated probability of right.
    public let expected: Double
    /// The standard deviation of the expected score itself, not of a single answer around it.
    public let deviation: Double

    /// The quality `expected`, known to within `deviation`.
    public init(expected: Double, deviation: Double) {
        self.expected = expected
        self.deviation = deviation
    }
}

extension QualityEstimate {
    /// What is thought of a model over all prompts, which may be a quarter off.
    init(unknown prior: ModelPrior) { self.init(expected: prior.quality, deviation: 0.25) }
}

extension PromptEstimate {
    /// The priors, and no confidence: what is said of a prompt that nothing is known of.
    static func unknown(_ priors: [ModelPrior]) -> PromptEstimate {
        PromptEstimate(qualities: priors.map(QualityEstimate.init(unknown:)), confidence: 0, isOutOfDomain: true)
    }
}

/// What an estimator says of one prompt.
public struct PromptEstimate: Hashable, Sendable {
    /// A class of prompts, such as a tier or a task, and how likely this prompt belongs to it.
    public struct ClassProbability: Hashable, Sendable {
        /// The class's name.
        public let name: String
        /// 0 to 1; those of all classes add up to 1.
        public let probability: Double

        /// The class called `name` with this `probability`.
        public init(name: String, probability: Double) {
            self.name = name
            self.probability = probability
        }
    }

    /// For each of the estimator's models, in their order.
    public let qualities: [QualityEstimate]
    /// The likeliest class first; empty where the estimator has none.
    public let classes: [ClassProbability]
    /// How sure the estimator is, 0 to 1: the probability of its class, or of the model it puts first being that.
    public let confidence: Double
    /// Whether the prompt is unlike all that was learned from, so that a safe tier is the better choice.
    public let isOutOfDomain: Bool
    /// How long answers should be; `nil` where the estimator knows nothing of lengths.
    public let length: LengthEstimate?
    /// The share that a mixture's gate gives each model, adding up to 1; `nil` where there is no gate.
    public let gates: [Double]?

    /// An estimate with all its parts.
    public init(
        qualities: [QualityEstimate],
        classes: [ClassProbability] = [],
        confidence: Double,
        isOutOfDomain: Bool = false,
        length: LengthEstimate? = nil,
        gates: [Double]? = nil
    ) {
        self.length = length
        self.gates = gates
        self.qualities = qualities
        self.classes = classes
        self.confidence = confidence
        self.isOutOfDomain = isOutOfDomain
    }
}
