public import Domain

/// The router that knows nothing: any of four classes, each as likely as the other, with a confidence from 0.5 to 1.
///
/// The baseline that others have to beat. The prompt's text and the seed decide, so that the same prompt gives the same
/// answer.
public struct RandomEstimator: QualityEstimator {
    /// The models that are estimated.
    public let models: [ModelID]
    /// None.
    public var layers: [Int] { [] }
    private let seed: UInt64

    private static let classCount = 4

    /// An estimator of `models` with the chance of `seed`.
    public init(models: [ModelPrior], seed: UInt64) {
        self.models = models.map(\.id)
        self.seed = seed
    }

    /// What chance says of each model for this prompt.
    public func estimate(_ prompt: PromptEvidence) -> PromptEstimate {
        let text = prompt.words.buckets.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        var generator = SeededGenerator(seed: text)
        let name = Int.random(in: 0..<Self.classCount, using: &generator)
        let confidence = Double.random(in: 0.5..<1, using: &generator)
        let qualities = models.map { _ in
            QualityEstimate(expected: .random(in: 0..<1, using: &generator), deviation: 0.29)
        }
        return PromptEstimate(
            qualities: qualities,
            classes: [.init(name: "\(name)", probability: confidence)],
            confidence: confidence
        )
    }
}
