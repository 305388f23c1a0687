internal import Glibc
internal import Neural
internal import Routing

/// Learns how long each model's answer to a prompt is, in the logarithm: answers of twice the length are as far off as half.
///
/// By the same regressions as scores: what is common to all models on a prompt, and each model's own part.
struct LengthLearner {
    /// The heads that were learned, tier by tier.
    private(set) var lengths: StackWeights.Lengths?

    /// Models with fewer answers of a known length have none to learn from.
    private static let answersMin = 20

    /// Learns from those `rows` in which somebody's answer has a length.
    ///
    /// - Parameters:
    ///   - rows: The prompts.
    ///   - features: A row for each, standardised.
    ///   - folds: Which part of the cross-validation each belongs to.
    ///   - ridge: Of the learners' shares.
    ///   - linear: Fits what can be learned with the features of a tier.
    init(
        _ rows: TrainingRows,
        features: Matrix,
        folds: [Int],
        ridge: Double,
        linear: (FeatureVector.Tier, Matrix, Decomposition, [Int]) -> [Ridge.Fit]
    ) {
        let tokens = rows.set.outputTokens
        let asked = (0..<tokens.rows).filter { row in tokens[row: row].contains { !$0.isNaN } }
        let counts = (0..<tokens.columns).map { column in asked.count { !tokens[$0, column].isNaN } }
        guard counts.contains(where: { $0 >= Self.answersMin }) else { return }
        let known = tokens.rows(asked)
        let logarithms = Matrix(rows: known.rows, columns: known.columns, values: known.values.map { logf(max($0, 1)) })
        let decomposition = Decomposition(logarithms)
        let parts = asked.map { folds[$0] }
        let rows = features.rows(asked)
        var heads: [StackWeights.Heads] = []
        var text: [Ridge.Fit] = []
        for tier in FeatureVector.Tier.allCases {
            let own = linear(tier, rows, decomposition, parts)
            if tier == .text { text = own }
            let mixer = StackMixer(
                linear: tier == .text ? text : text + own,
                neighbours: [],
                table: nil,
                decomposition: decomposition,
                ridge: ridge
            )
            heads.append(Self.heads(mixer, decomposition, known))
        }
        lengths = .init(
            heads: heads,
            ranges: (0..<tokens.columns).map { column in
                let seen = (0..<known.rows).map { known[$0, column] }.filter { !$0.isNaN }
                guard seen.count >= Self.answersMin, let least = seen.min(), let most = seen.max() else {
                    return SIMD2(.nan, .nan)
                }
                return SIMD2(max(least, 1), max(most, 1))
            }
        )
    }

    /// A head for each model: level, common part and own part in one, so that its exponential is right in the mean.
    ///
    /// The exponential of a mean logarithm is less than the mean: Duan, "Smearing Estimate", JASA 78, 1983; here by the ratio
    /// of the sums over rows that the learners had not seen, so that dollars add up.
    private static func heads(
        _ mixer: StackMixer,
        _ decomposition: Decomposition,
        _ tokens: Matrix
    ) -> StackWeights.Heads {
        let (count, columns) = (tokens.columns, mixer.heads.weights.columns)
        var weights = Matrix(rows: count, columns: columns)
        var biases: [Float] = []
        let mean = decomposition.slopes.reduce(0, +) / Float(max(count, 1))
        for model in 0..<count {
            let share = 1 + mixer.mixture.slope * (decomposition.slopes[model] - mean)
            for column in 0..<columns {
                weights[model, column] =
                    share * mixer.heads.weights[0, column] + mixer.heads.weights[model + 1, column]
            }
            var (sum, expected) = (0.0, 0.0)
            for row in 0..<tokens.rows where !tokens[row, model].isNaN {
                let logarithm = decomposition.levels[model] + mixer.estimates[row, 0] + mixer.estimates[row, model + 1]
                sum += Double(tokens[row, model])
                expected += Double(expf(logarithm))
            }
            let smearing = sum > 0 && expected > 0 ? Float(log(sum / expected)) : 0
            let bias = share * mixer.heads.biases[0] + mixer.heads.biases[model + 1]
            biases.append(decomposition.levels[model] + bias + smearing)
        }
        return StackWeights.Heads(weights: weights, biases: biases)
    }
}
