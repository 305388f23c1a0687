internal import Glibc
internal import Neural
internal import Routing

/// Learns how long answers to a prompt are, in the logarithm: answers of twice the length are as far off as half.
///
/// By the same regressions as scores. What is kept is the part that is common to all models on a prompt, as a ratio to what is
/// usual of each.
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
        var text: [Ridge.Fit] = []
        let fitted = FeatureVector.Tier.allCases.map { tier in
            let own = linear(tier, rows, decomposition, parts)
            if tier == .text { text = own }
            let mixer = StackMixer(
                linear: tier == .text ? text : text + own,
                neighbours: [],
                table: nil,
                decomposition: decomposition,
                ridge: ridge
            )
            return Self.fitted(mixer, known)
        }
        lengths = .init(
            heads: fitted.map(\.heads),
            usual: zip(fitted.last?.usual ?? [], counts).map { $1 >= Self.answersMin ? $0 : .nan }
        )
    }

    /// The head of what is common to all models, with an exponential of 1 in the mean, and each model's length at that.
    ///
    /// The exponential of a mean logarithm is less than the mean: Duan, "Smearing Estimate", JASA 78, 1983. So usual lengths are
    /// ratios of sums, over rows that the learners had not seen: dollars add up.
    private static func fitted(_ mixer: StackMixer, _ tokens: Matrix) -> (heads: StackWeights.Heads, usual: [Float]) {
        let common = (0..<tokens.rows).map { exp(Double(mixer.estimates[$0, 0])) }
        let mean = common.reduce(0, +) / Double(max(tokens.rows, 1))
        let usual = (0..<tokens.columns).map { model -> Float in
            let asked = (0..<tokens.rows).filter { !tokens[$0, model].isNaN }
            let sum = asked.reduce(0.0) { $0 + Double(tokens[$1, model]) }
            return Float(sum * mean / asked.reduce(0.0) { $0 + common[$1] })
        }
        let weights = Matrix(
            rows: 1,
            columns: mixer.heads.weights.columns,
            values: Array(mixer.heads.weights[row: 0])
        )
        return (StackWeights.Heads(weights: weights, biases: [mixer.heads.biases[0] - Float(log(mean))]), usual)
    }
}
