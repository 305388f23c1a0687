internal import Domain
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
        worst(expected: expected, set, scores: set.scores)
    }

    /// What ``error`` the model that is farthest off would have were every expectation exact, right or wrong.
    ///
    /// Of many models one is far off by chance alone, so ``errorByChance`` of a single one is no measure of the worst. Scores
    /// are drawn as `expected` says, `draws` times; the interval is that of 95 per cent of the draws around their mean.
    public static func worstErrorByChance(
        expected: Matrix,
        _ set: OutcomeSet,
        draws: Int = 200,
        seed: UInt64 = 1
    ) -> Interval {
        var generator = SeededGenerator(seed: seed)
        var errors: [Double] = []
        for _ in 0..<max(draws, 1) {
            var scores = set.scores
            for row in 0..<scores.rows {
                for column in 0..<scores.columns where !scores[row, column].isNaN {
                    scores[row, column] = Float.random(in: 0..<1, using: &generator) < expected[row, column] ? 1 : 0
                }
            }
            errors.append(worst(expected: expected, set, scores: scores).error)
        }
        return Interval(ofSamples: errors, around: errors.reduce(0, +) / Double(errors.count))
    }

    private static func worst(expected: Matrix, _ set: OutcomeSet, scores: Matrix) -> Calibration {
        let models = set.models.indices.map { column in
            let asked = set.outcomes.indices.filter { !scores[$0, column].isNaN }
            return Calibration(
                expected: asked.map { Double(expected[$0, column]) },
                scores: asked.map { Double(scores[$0, column]) }
            )
        }
        return models.max { $0.error < $1.error } ?? Calibration(expected: [], scores: [])
    }
}
