/// What a group is promised of each tier: shares of its requests in a window, in place of a mean quality.
///
/// The original's measure. A window's quality of responses is 1 less the largest error of a tier,
///
///     |share − high| / |low − high|
///
/// and no share lies outside of its two bounds; a tier whose bounds are equal has that share always. Of two tiers with low
/// (1, 0) and high (0, 1) it is the share at the better one: the mean quality of tiers that count 0 and 1. Of more tiers it
/// says more than a mean, and often too much: shares add up to 1, and few targets leave room for that.
public struct SharePromise: Hashable, Sendable, Codable {
    /// The share of each tier, from the worst, at which its quality of responses is 0: `slo_lower` in the original.
    public var low: [Double]
    /// The same at which it is 1: `slo_upper`.
    public var high: [Double]

    /// A promise; tier by tier from the worst, each from 0 to 1.
    public init(low: [Double], high: [Double]) {
        self.low = low
        self.high = high
    }

    /// The shares that a tier may have at a target of 0 to 1.
    func range(tier: Int, target: Double) -> ClosedRange<Double> {
        let edge = high[tier] + (1 - target) * (low[tier] - high[tier])
        return min(edge, high[tier])...max(edge, high[tier])
    }

    /// The best target at which shares can add up to 1; `nil` where they can at none.
    ///
    /// The sums of the least and of the greatest shares are straight lines over the target, which meet at 1 in that of `high`.
    var bestTarget: Double? {
        let all = high.reduce(0, +)
        let least = zip(low, high).reduce(0) { $0 + min($1.0, $1.1) }
        let most = zip(low, high).reduce(0) { $0 + max($1.0, $1.1) }
        guard least <= 1 + Self.tolerance, most >= 1 - Self.tolerance else { return nil }
        if all > 1 + Self.tolerance { return max(0, 1 - least) / (all - least) }
        if all < 1 - Self.tolerance { return max(0, most - 1) / (most - all) }
        return 1
    }

    /// Sums of shares that differ from 1 by less are 1.
    private static let tolerance = 1e-9
}
