public import Domain
import Neural

/// What a class of prompts says of models: how able one has to be.
///
///     quality(model, class) = prior(model) ^ demand(class's tier)
///
/// A light prompt is answered well by nearly any model, and a heavy one by able ones alone: the demand is 1/4, 1 and 2 for
/// light, medium and heavy. It is a convention, for routers that were told classes and never saw an answer; outcomes teach
/// better.
public struct TierExpectation: Hashable, Sendable {
    private let demands: [Double]
    private let priors: [Double]

    /// Expectations for classes of these `tiers` and models with these `priors`, 0 to 1.
    public init(tiers: [Tier], priors: [Double]) {
        demands = tiers.map(Self.demand)
        self.priors = priors
    }

    private static func demand(_ tier: Tier) -> Double {
        switch tier {
        case .light: 0.25
        case .heavy: 2
        default: 1
        }
    }

    /// Each model's quality, given how likely each class is.
    public func qualities(_ probabilities: [Double]) -> [QualityEstimate] {
        priors.map { prior in
            let values = demands.map { power(min(max(prior, 0), 1), $0) }
            let expected = zip(probabilities, values).reduce(0) { $0 + $1.0 * $1.1 }
            let square = zip(probabilities, values).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
            // What the classes disagree on, and a tenth for what a convention can't know.
            let deviation = max(0, square - expected * expected).squareRoot() + 0.1
            return QualityEstimate(expected: expected, deviation: deviation)
        }
    }

    /// What is said of a prompt that belongs to the classes called `names` with these probabilities.
    func estimate(_ names: [String], _ probabilities: [Double], isOutOfDomain: Bool = false) -> PromptEstimate {
        let classes = zip(names, probabilities).map { PromptEstimate.ClassProbability(name: $0, probability: $1) }
        return PromptEstimate(
            qualities: qualities(probabilities),
            classes: classes.sorted { $0.probability > $1.probability },
            confidence: probabilities.max() ?? 0,
            isOutOfDomain: isOutOfDomain
        )
    }

    private func power(_ value: Double, _ exponent: Double) -> Double {
        switch exponent {
        case 0.25: value.squareRoot().squareRoot()
        case 2: value * value
        default: value
        }
    }
}
