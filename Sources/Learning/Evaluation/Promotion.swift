public import Domain
internal import Neural
public import Routing

/// Whether a router that was trained anew is to take the place of the one in service.
///
/// Both are held against recent judged answers, of which neither has learned: what each expected of the model that answered,
/// and what came. The new one has to be better by more than chance, or it stays out: a router that changes every night for
/// nothing is a nuisance.
public struct Promotion: Hashable, Sendable {
    /// Judged answers that both were held against.
    public let count: Int
    /// The mean squared error of the router in service.
    public let servingError: Double
    /// The mean squared error of the new one.
    public let candidateError: Double
    /// By how much the new one's error is less, with the interval of 95 per cent of bootstrap samples.
    public let gain: Interval
    /// Fewer answers than this decide nothing.
    public let countMin: Int

    /// What `rows` say of both routers; `nil` without a score of a model that both know.
    ///
    /// - Parameters:
    ///   - candidate: The new router.
    ///   - serving: The one in service.
    ///   - rows: Recent judged answers.
    ///   - countMin: Fewer answers than this decide nothing.
    ///   - samples: Of the bootstrap.
    ///   - seed: Of the bootstrap.
    public init?(
        of candidate: any QualityEstimator,
        over serving: any QualityEstimator,
        on rows: TrainingRows,
        countMin: Int,
        samples: Int = 1000,
        seed: UInt64 = 1
    ) {
        let columns = rows.set.models.map { model in
            (
                serving.models.firstIndex { $0.rawValue == model }, candidate.models.firstIndex { $0.rawValue == model }
            )
        }
        var errors: [(serving: Double, candidate: Double)] = []
        for (row, prompt) in rows.evidence.enumerated() {
            let (old, new) = (serving.estimate(prompt).qualities, candidate.estimate(prompt).qualities)
            for (column, score) in rows.set.scores[row: row].enumerated() where !score.isNaN {
                guard let before = columns[column].0, let after = columns[column].1 else { continue }
                let (left, right) = (old[before].expected - Double(score), new[after].expected - Double(score))
                errors.append((left * left, right * right))
            }
        }
        let count = Double(errors.count)
        let gain = Interval.bootstrap(count: errors.count, samples: samples, seed: seed) { places in
            places.isEmpty
                ? nil
                : places.reduce(0) { $0 + errors[$1].serving - errors[$1].candidate } / Double(places.count)
        }
        guard let gain else { return nil }
        self.count = errors.count
        self.gain = gain
        self.countMin = countMin
        servingError = errors.reduce(0) { $0 + $1.serving } / count
        candidateError = errors.reduce(0) { $0 + $1.candidate } / count
    }

    /// Whether the new router is better by more than chance, on enough answers.
    public var isDue: Bool { count >= countMin && gain.low > 0 }

    /// Why it is, or is not.
    public var reason: String {
        func text(_ value: Double) -> String {
            let digits = (abs(value) * 10_000).rounded()
            let zeros = String(repeating: "0", count: max(0, 4 - "\(Int(digits) % 10_000)".count))
            return "\(value < 0 ? "-" : "")\(Int(digits) / 10_000).\(zeros)\(Int(digits) % 10_000)"
        }
        let figures = """
            squared error \(text(candidateError)) against \(text(servingError)) on \(count) recent answers, \
            better by \(text(gain.value)) [\(text(gain.low)), \(text(gain.high))]
            """
        if count < countMin { return "\(count) recent answers are too few to tell, \(countMin) are needed: \(figures)" }
        return isDue ? figures : "not better by more than chance: \(figures)"
    }
}

/// A router that knows each model's mean and nothing of prompts: what a new one has to beat where there is none yet.
public struct MeanEstimator: QualityEstimator {
    /// The models that are estimated.
    public let models: [ModelID]
    /// None.
    public var layers: [Int] { [] }
    private let qualities: [QualityEstimate]

    /// The estimator of `models` by their priors.
    public init(models: [ModelPrior]) {
        self.models = models.map(\.id)
        qualities = models.map { QualityEstimate(expected: $0.quality, deviation: 0.1) }
    }

    /// The means.
    public func estimate(_: PromptEvidence) -> PromptEstimate { PromptEstimate(qualities: qualities, confidence: 0) }
}
