internal import Glibc

/// How far lengths of answers follow the ratios that a router foresees: the exponent to raise these to, 0 to 1.
///
/// A router learned its ratios from other traffic. On this one the slope of logarithms of tokens over those of ratios tells what
/// they are worth, within each model, as models get prompts of different kinds. It begins as if it were 1, which is what it is
/// where a router was trained; where ratios say nothing it comes down to 0, and means count as they are. Without that, ratios
/// that say nothing would make a model look brief that is asked for what is foreseen to be long.
struct RatioTrust: Sendable {
    /// What is usual of one model, in logarithms.
    struct Centre: Sendable {
        fileprivate var count = 0.0
        fileprivate var ratio = 0.0
        fileprivate var tokens = 0.0
    }

    /// Squares of logarithms that count as if they had borne ratios out: those of some 20 prompts.
    private static let prior = 2.0

    private var products = 0.0
    private var squares = 0.0

    private var exponent: Double { min(max((Self.prior + products) / (Self.prior + squares), 0), 1) }

    /// `ratio` as far as it is to be believed.
    func trusted(_ ratio: Double) -> Double { pow(ratio, exponent) }

    /// Learns from an answer of a model.
    ///
    /// - Parameters:
    ///   - tokens: Of the answer.
    ///   - ratio: What was foreseen, above 0.
    ///   - centre: What is usual of the model.
    ///   - memory: About four times as many of the latest answers count, as a slope takes more to tell than a mean.
    mutating func learn(_ tokens: Int, ratio: Double, _ centre: inout Centre, memory: Int) {
        let (x, y) = (log(ratio), log(Double(max(tokens, 1))))
        centre.count = min(centre.count + 1, Double(max(memory, 1)))
        let before = x - centre.ratio
        centre.ratio += before / centre.count
        centre.tokens += (y - centre.tokens) / centre.count
        // Welford's way: products of deviations from the mean before and after.
        let kept = 1 - 1 / Double(4 * max(memory, 1))
        products = products * kept + before * (y - centre.tokens)
        squares = squares * kept + before * (x - centre.ratio)
    }
}
