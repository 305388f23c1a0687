public import Domain
public import Neural

/// A trained head in use: `switchyard train bert`, `moe` and `rl` write its file.
///
/// Several networks that were trained alike but for chance make one head: their mean is the better estimate, and how far
/// they differ tells how sure it is.
public struct HeadEstimator: QualityEstimator {
    /// What the numbers are that the networks put out.
    public enum Output: String, Hashable, Sendable {
        /// Logits of classes of which a prompt has one.
        case classes
        /// Logits of each model's score.
        case scores
        /// Each model's score itself, as a network of values has it.
        case values
    }

    /// The models that are estimated.
    public let models: [ModelID]
    /// The encoder's layers that features are made of, one behind the other.
    public let layers: [Int]
    private let head: TrainedHead
    private let priors: [ModelPrior]
    /// For each model, its place among the head's outputs.
    private let places: [Int?]
    private let expectation: TierExpectation?

    /// The head of a file, for these models.
    ///
    /// What was trained on outcomes knows some models by name; of others the prior is all there is, or 1/2 without one.
    ///
    /// - Throws: ``FileError`` if the file isn't a head's.
    public init(_ file: SafetensorsFile, models: [ModelPrior]) throws(FileError) {
        self.init(try TrainedHead(file), models: models)
    }

    /// A head that was read or trained before, for these models.
    public init(_ head: TrainedHead, models: [ModelPrior]) {
        self.head = head
        self.models = models.map(\.id)
        layers = head.layers
        priors = models.map(\.known)
        let names = head.names.map(ModelName.init)
        places = models.map { model in names.firstIndex(of: ModelName(model.id.rawValue)) }
        expectation =
            head.output == .classes ? TierExpectation(tiers: head.tiers, priors: priors.map(\.quality)) : nil
    }

    /// What to expect of each model for this prompt; the priors where its vectors are missing.
    public func estimate(_ prompt: PromptEvidence) -> PromptEstimate {
        let features = layers.flatMap { prompt.layers[$0] ?? [] }
        guard features.count == head.inputs else {
            return .unknown(priors)
        }
        let answer = head.answer(features)
        let isFar = head.distance(features) > head.distanceMax
        if let expectation { return expectation.estimate(head.names, answer.means, isOutOfDomain: isFar) }
        let qualities = zip(places, priors).map { place, prior in
            place.map { QualityEstimate(expected: answer.means[$0], deviation: answer.deviations[$0]) }
                ?? QualityEstimate(unknown: prior)
        }
        let shares = head.kind == .moe ? MixtureGate(answer.logits, experts: head.expertsPerPrompt).shares : []
        return PromptEstimate(
            qualities: qualities,
            classes: experts(shares),
            confidence: Self.confidence(qualities),
            isOutOfDomain: isFar,
            gates: gates(answer.logits)
        )
    }

    /// A mixture's experts and their shares.
    private func experts(_ shares: [Double]) -> [PromptEstimate.ClassProbability] {
        zip(head.names, shares).filter { $0.1 > 0 }
            .map { PromptEstimate.ClassProbability(name: $0, probability: $1) }
            .sorted { $0.probability > $1.probability }
    }

    /// What a mixture's gate gives each of the models; `nil` for other heads, and where no model is an expert.
    ///
    /// The gate chooses among the experts that can be asked: the best of all may not be in this fleet.
    private func gates(_ logits: [Double]) -> [Double]? {
        let known = places.compactMap(\.self)
        guard head.kind == .moe, !known.isEmpty else { return nil }
        let shares = MixtureGate(known.map { logits[$0] }, experts: head.expertsPerPrompt).shares
        var next = shares.makeIterator()
        return places.map { $0 == nil ? 0 : next.next() ?? 0 }
    }

    /// How likely the best model is better than the next, if both estimates are off by normal errors.
    private static func confidence(_ qualities: [QualityEstimate]) -> Double {
        let ranking = qualities.sorted { $0.expected > $1.expected }
        guard ranking.count > 1 else { return ranking.isEmpty ? 0 : 1 }
        let (first, second) = (ranking[0], ranking[1])
        let spread = (first.deviation * first.deviation + second.deviation * second.deviation).squareRoot()
        return normalCumulative((first.expected - second.expected) / max(spread, 1e-9))
    }
}
