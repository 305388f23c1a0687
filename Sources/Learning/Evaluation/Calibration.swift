/// How far expected scores can be taken at their word.
public struct Calibration: Hashable, Sendable {
    /// The expected calibration error, 0 to 1.
    ///
    /// The mean distance, over tenths of the scale and weighed by their prompts, between what was expected there and what
    /// came. Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", 2015.
    public let error: Double
    /// The mean squared distance of expectation and score: Brier's score where scores are right or wrong.
    public let brier: Double
    /// How many expectations were looked at.
    public let count: Int

    /// The calibration of `expected` scores, 0 to 1, against the `scores` that came.
    ///
    /// - Precondition: There are as many of the one as of the other.
    public init(expected: [Double], scores: [Double]) {
        precondition(expected.count == scores.count, "a score for each expectation")
        var gaps = [Double](repeating: 0, count: 10)
        var squares = 0.0
        for (expected, score) in zip(expected, scores) {
            gaps[min(max(Int(expected * 10), 0), 9)] += expected - score
            squares += (expected - score) * (expected - score)
        }
        count = expected.count
        error = gaps.reduce(0) { $0 + abs($1) } / Double(max(count, 1))
        brier = squares / Double(max(count, 1))
    }
}
