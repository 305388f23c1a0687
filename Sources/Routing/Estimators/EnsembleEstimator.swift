public import Domain

/// Several routers as one: their expected scores averaged, and their classes put to the vote.
///
/// Averaging the scores of unlike learners gains a little over each; a vote on hard decisions throws that away, so votes
/// decide the class alone.
public struct EnsembleEstimator: QualityEstimator {
    /// The models that are estimated.
    public let models: [ModelID]
    /// Every layer that a member needs.
    public let layers: [Int]
    private let members: [any QualityEstimator]

    /// An ensemble of `members`.
    ///
    /// - Precondition: There is a member, and all of them estimate the same models in the same order.
    public init(_ members: [any QualityEstimator]) {
        precondition(!members.isEmpty, "an ensemble has members")
        models = members[0].models
        let first = models
        precondition(members.allSatisfy { $0.models == first }, "all members estimate the same models")
        layers = Set(members.flatMap(\.layers)).sorted()
        self.members = members
    }

    /// The mean of what the members expect of each model; their classes with the shares of the votes.
    public func estimate(_ prompt: PromptEvidence) -> PromptEstimate {
        let estimates = members.map { $0.estimate(prompt) }
        let count = Double(estimates.count)
        let qualities = models.indices.map { model in
            let expected = estimates.reduce(0) { $0 + $1.qualities[model].expected } / count
            let square = estimates.reduce(0) { sum, estimate in
                let quality = estimate.qualities[model]
                return sum + quality.deviation * quality.deviation + quality.expected * quality.expected
            }
            return QualityEstimate(
                expected: expected,
                deviation: max(0, square / count - expected * expected).squareRoot()
            )
        }
        return PromptEstimate(
            qualities: qualities,
            classes: Self.votes(of: estimates),
            confidence: estimates.reduce(0) { $0 + $1.confidence } / count,
            isOutOfDomain: estimates.filter(\.isOutOfDomain).count * 2 > estimates.count,
            length: estimates.lazy.compactMap(\.length).first
        )
    }

    /// The classes that were put first, by votes; ties go to the higher mean confidence, then to the earlier name.
    private static func votes(of estimates: [PromptEstimate]) -> [PromptEstimate.ClassProbability] {
        var votes: [String: [Double]] = [:]
        for estimate in estimates {
            guard let favourite = estimate.classes.first else { continue }
            votes[favourite.name, default: []].append(estimate.confidence)
        }
        let total = votes.values.reduce(0) { $0 + $1.count }
        func mean(_ confidences: [Double]) -> Double { confidences.reduce(0, +) / Double(confidences.count) }
        return
            votes
            .sorted { left, right in
                if left.value.count != right.value.count { return left.value.count > right.value.count }
                let (one, other) = (mean(left.value), mean(right.value))
                return one == other ? left.key < right.key : one > other
            }
            .map { .init(name: $0.key, probability: Double($0.value.count) / Double(total)) }
    }
}
