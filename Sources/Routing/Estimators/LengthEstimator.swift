internal import Glibc
internal import Neural

/// How long the answers of a fleet's models to a prompt should be.
struct LengthEstimator: Sendable {
    /// For each tier the heads of those of the fleet's models that are known.
    private let heads: [StackWeights.Heads]
    private let ranges: [SIMD2<Float>]
    /// For each of the fleet's models its row; `nil` where nothing is known of it.
    private let rows: [Int?]

    /// An estimator of models by their places in what training saw; how much a model writes says nothing of others.
    init(_ lengths: StackWeights.Lengths, models: [Int?]) {
        let known = models.compactMap(\.self).filter { !lengths.ranges[$0].x.isNaN }
        let places = Dictionary(known.enumerated().map { ($1, $0) }) { first, _ in first }
        rows = models.map { $0.flatMap { places[$0] } }
        ranges = known.map { lengths.ranges[$0] }
        heads = lengths.heads.map { heads in
            StackWeights.Heads(
                weights: Matrix(
                    rows: known.count,
                    columns: heads.weights.columns,
                    values: known.flatMap { heads.weights[row: $0] }
                ),
                biases: known.map { heads.biases[$0] }
            )
        }
    }

    /// The tokens to expect of each of the fleet's models, never beyond what was seen of it; not a number where nobody knows.
    func tokens(for features: [Float], _ tier: FeatureVector.Tier) -> [Double] {
        guard !ranges.isEmpty else { return [] }
        let logarithms = heads[tier.rawValue].outputs(for: features)
        return rows.map { row in
            guard let row else { return .nan }
            // A number that is none, of weights that are none, would pass through min and max.
            let tokens = expf(logarithms[row])
            return tokens.isNaN ? .nan : Double(min(max(tokens, ranges[row].x), ranges[row].y))
        }
    }
}
