public import Domain
internal import Neural

/// The router without anything learned: the harder a prompt looks, the more a model has to be able to do.
///
///     quality(model, prompt) = prior(model) ^ (2 · complexity(prompt))
///
/// Its class is the tier that the complexity falls into. Difficulty isn't gain: the hardest prompts are lost on all models.
/// What has learned from outcomes does better.
public struct LexicalEstimator: QualityEstimator {
    /// The models that are estimated.
    public let models: [ModelID]
    /// None: text is enough.
    public var layers: [Int] { [] }
    private let priors: [Double]

    /// An estimator of `models` by their priors.
    public init(models: [ModelPrior]) {
        self.models = models.map(\.id)
        priors = models.map { $0.quality.isNaN ? 0.5 : min(max($0.quality, 0), 1) }
    }

    /// What to expect of each model for this prompt.
    public func estimate(_ prompt: PromptEvidence) -> PromptEstimate {
        let complexity = Complexity(score: prompt.features.complexity, features: prompt.features)
        // A guess: a tenth for what a surface can't show.
        let qualities = priors.map { prior in
            QualityEstimate(expected: power(prior, 2 * complexity.score), deviation: 0.1)
        }
        let tier = complexity.tier()
        let edge = min(abs(complexity.score - 0.33), abs(complexity.score - 0.66))
        let confidence = min(0.5 + edge / 0.33 / 2, 1)
        return PromptEstimate(
            qualities: qualities,
            classes: [.init(name: tier.rawValue, probability: confidence)],
            confidence: confidence
        )
    }
}
