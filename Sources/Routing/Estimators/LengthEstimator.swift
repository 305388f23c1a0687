internal import Glibc
internal import Neural

/// How long the answers to a prompt should be.
public struct LengthEstimate: Hashable, Sendable {
    /// How many times as long as a model's usual answer, ``StackWeights/Lengths/ratios``: the same of every model.
    public let ratio: Double
    /// For each model the tokens of its answer, where training saw how many it usually takes; `nil` elsewhere.
    ///
    /// That was on other traffic: what is charged had better go by ``ratio`` and what the model usually takes here.
    public let tokens: [Double?]

    /// Answers of `ratio` times the usual length, and what that is of each model.
    public init(ratio: Double, tokens: [Double?]) {
        (self.ratio, self.tokens) = (ratio, tokens)
    }
}

/// Foresees how long the answers of a fleet's models to a prompt are.
struct LengthEstimator: Sendable {
    private let heads: [StackWeights.Heads]
    /// For each of the fleet's models; `nil` where nothing is known of it.
    private let usual: [Double?]

    /// An estimator of models by their places in what training saw.
    init(_ lengths: StackWeights.Lengths, models: [Int?]) {
        heads = lengths.heads
        usual = models.map { model in
            model.flatMap { lengths.usual[$0].isNaN ? nil : Double(lengths.usual[$0]) }
        }
    }

    /// What to expect of the answers to a prompt.
    ///
    /// - Parameters:
    ///   - features: Standardised.
    ///   - tier: Which evidence they are of.
    ///   - belonging: From 0 for a prompt like none that was learned from, of whose answer nothing is foreseen, to 1.
    /// - Returns: The ratio, and the tokens of the models of which they are known.
    func length(for features: [Float], _ tier: FeatureVector.Tier, belonging: Float) -> LengthEstimate {
        let logarithm = belonging * heads[tier.rawValue].outputs(for: features)[0]
        let limit = logf(StackWeights.Lengths.ratios.upperBound)
        // A number that is none, of weights that are none, would pass through min and max.
        let ratio = logarithm.isNaN ? 1 : Double(expf(min(max(logarithm, -limit), limit)))
        return LengthEstimate(ratio: ratio, tokens: usual.map { $0.map { $0 * ratio } })
    }
}
