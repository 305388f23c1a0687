public import Domain

/// A classifier of prompts in use: each of its labels stands for a tier that says how able a model has to be.
///
/// The labels' probabilities come in with the evidence, since whoever has the classifier's weights runs it.
public struct ClassifierEstimator: QualityEstimator {
    /// The models that are estimated.
    public let models: [ModelID]
    /// None: a classifier has an encoder of its own.
    public var layers: [Int] { [] }
    private let name: String
    private let labels: [String]
    private let priors: [ModelPrior]
    private let expectation: TierExpectation

    /// An estimator of `models` by what the classifier called `name` says.
    ///
    /// - Parameters:
    ///   - name: By which ``PromptEvidence/labels`` has its probabilities.
    ///   - labels: Its labels with their tiers, in the order of the probabilities.
    ///   - models: The models with what is thought of them over all prompts; 1/2 where nothing is.
    public init(name: String, labels: [(name: String, tier: Tier)], models: [ModelPrior]) {
        self.name = name
        self.labels = labels.map(\.name)
        self.models = models.map(\.id)
        priors = models.map(\.known)
        expectation = TierExpectation(tiers: labels.map(\.tier), priors: priors.map(\.quality))
    }

    /// What to expect of each model for this prompt; the priors where the classifier said nothing.
    ///
    /// Where a text may have several labels, or none, their shares of all that they are given count.
    public func estimate(_ prompt: PromptEvidence) -> PromptEstimate {
        guard let likelihoods = prompt.labels[name], likelihoods.count == labels.count else { return .unknown(priors) }
        let sum = likelihoods.reduce(0) { $0 + Double($1) }
        guard sum > 0, sum.isFinite else { return .unknown(priors) }
        return expectation.estimate(labels, likelihoods.map { Double($0) / sum })
    }
}
