public import Neural

/// How far expected scores can be taken at their word.
public struct Calibration: Hashable, Sendable {
    /// The expected calibration error, 0 to 1.
    ///
    /// The mean distance, over tenths of the scale and weighed by their prompts, between what was expected there and what
    /// came. Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", 2015.
    public let error: Double
    /// The mean squared distance of expectation and score: Brier's score where scores are right or wrong.
    public let brier: Double
    /// What ``error`` would come to by chance were every expectation exact: Σ √(2/π · Σ e·(1 − e)) over tenths of the scale.
    ///
    /// The mean of a normal distribution's distance from 0, as if scores were right or wrong. An error of that size says
    /// nothing against expectations; with few prompts it is far from 0.
    public let errorByChance: Double
    /// How many expectations were looked at.
    public let count: Int

    /// The calibration of `expected` scores, 0 to 1, against the `scores` that came.
    ///
    /// - Precondition: There are as many of the one as of the other.
    public init(expected: [Double], scores: [Double]) {
        precondition(expected.count == scores.count, "a score for each expectation")
        var gaps = [Double](repeating: 0, count: 10)
        var variances = gaps
        var squares = 0.0
        for (expected, score) in zip(expected, scores) {
            let part = min(max(Int(expected * 10), 0), 9)
            gaps[part] += expected - score
            variances[part] += max(expected * (1 - expected), 0)
            squares += (expected - score) * (expected - score)
        }
        count = expected.count
        error = gaps.reduce(0) { $0 + abs($1) } / Double(max(count, 1))
        errorByChance = variances.reduce(0) { $0 + (2 / Double.pi * $1).squareRoot() } / Double(max(count, 1))
        brier = squares / Double(max(count, 1))
    }

    /// The calibration of `expected` scores, a row for each outcome and a column for each model of `set`, over all models.
    public init(expected: Matrix, _ set: OutcomeSet) {
        let asked = set.scores.values.indices.filter { !set.scores.values[$0].isNaN }
        self.init(
            expected: asked.map { Double(expected.values[$0]) },
            scores: asked.map { Double(set.scores.values[$0]) }
        )
    }

    /// The calibration of the model of `set` that is farthest off.
    public static func worst(expected: Matrix, _ set: OutcomeSet) -> Calibration {
        let models = set.models.indices.map { column in
            let asked = set.outcomes.indices.filter { !set.scores[$0, column].isNaN }
            return Calibration(
                expected: asked.map { Double(expected[$0, column]) },
                scores: asked.map { Double(set.scores[$0, column]) }
            )
        }
        return models.max { $0.error < $1.error } ?? Calibration(expected: [], scores: [])
    }
}
