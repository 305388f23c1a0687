internal import Neural
internal import Routing

/// Scores taken apart: a level for each model, a common part for each prompt, and deviations from both.
///
/// The two-way layout of the analysis of variance, for tables with gaps: levels and common parts are fitted by turns. Models
/// that were asked on several data sets hold these together, so that levels compare across them.
struct Decomposition {
    /// Each model's expected score on a prompt that is as hard as most.
    private(set) var levels: [Float]
    /// What is common to all models on each prompt; 0 in the mean.
    private(set) var common: [Float]
    /// How much each model's score moves when the common part moves by 1.
    private(set) var slopes: [Float]
    /// The common part first, then the deviation of each model; not a number where it was not asked.
    private(set) var targets: Matrix

    private static let rounds = 30
    /// So many rows of slope 1 are added to each model's own.
    private static let slopePrior: Float = 20

    init(_ scores: Matrix) {
        levels = Array(repeating: 0.5, count: scores.columns)
        common = Array(repeating: 0, count: scores.rows)
        slopes = []
        targets = Matrix(rows: scores.rows, columns: scores.columns + 1)
        for _ in 0..<Self.rounds { fitOnce(scores) }
        slopes = (0..<scores.columns).map { slope(of: $0, scores) }
        for row in 0..<scores.rows {
            targets[row, 0] = common[row]
            for model in 0..<scores.columns {
                targets[row, model + 1] = scores[row, model] - levels[model] - common[row]
            }
        }
    }

    private mutating func fitOnce(_ scores: Matrix) {
        var sum = 0.0
        for row in 0..<scores.rows {
            common[row] = Residuals.common(scores[row: row], levels: levels)
            sum += Double(common[row])
        }
        let mean = Float(sum / Double(max(scores.rows, 1)))
        var sums = [Float](repeating: 0, count: levels.count)
        var counts = sums
        for row in 0..<scores.rows {
            for (model, score) in scores[row: row].enumerated() where !score.isNaN {
                sums[model] += score - (common[row] - mean)
                counts[model] += 1
            }
        }
        for model in levels.indices where counts[model] > 0 { levels[model] = sums[model] / counts[model] }
        for row in common.indices { common[row] -= mean }
    }

    private func slope(of model: Int, _ scores: Matrix) -> Float {
        let variance = common.reduce(0) { $0 + $1 * $1 } / Float(max(common.count, 1))
        var products = Self.slopePrior * variance
        var squares = Self.slopePrior * variance
        for row in 0..<scores.rows where !scores[row, model].isNaN {
            products += (scores[row, model] - levels[model]) * common[row]
            squares += common[row] * common[row]
        }
        return squares > 0 ? products / squares : 1
    }
}
