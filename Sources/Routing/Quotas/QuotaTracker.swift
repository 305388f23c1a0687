/// Turns a plan's shares into a tier for each request: those that gain most get the better tiers.
///
/// A request's rank among the latest predicted gains is compared with the shares, so that the threshold on the gain is its
/// running quantile. What went otherwise than planned is carried over: each boundary moves against the count of requests
/// that it has let through too many or too few, by a hundredth of the range times the count's cube. A few are chance, and
/// hardly move it: those that go up gain some 97 % of what the best of that number would. Many are a change of prompts, and
/// five move it through its whole range: so many requests the share is off at most, whatever the gains do.
public struct QuotaTracker: Sendable {
    /// How far the cube of one request too many moves a boundary.
    private static let correction = 0.01
    /// More requests than this are not made up for: after an outage the plan goes on instead of being caught up with.
    public static let carryMax = 128.0

    private var gains: GainWindow
    /// For each boundary from the lowest tier up: the requests that went above it less those that should have.
    private var excess: [Double] = []

    /// A tracker that has seen no request.
    ///
    /// - Parameter windowSize: How many of the latest gains count, 1 or more; some hundreds follow the day's course and
    ///   still tell percentiles apart.
    public init(windowSize: Int = 256) {
        gains = GainWindow(capacity: windowSize)
    }

    /// Chooses the tier of a request, and counts it there.
    ///
    /// - Parameters:
    ///   - gain: What the best tier's quality is expected to be above the lowest one's; not a number counts as 0.
    ///   - shares: The share of requests of each tier, the lowest first, each 0 or more. They are taken by their sum, and
    ///     may differ from call to call; with another count of tiers, what was carried over is forgotten.
    ///   - draw: Chance from 0 up to 1, for requests of equal gain.
    /// - Returns: The tier's place in `shares`; 0 if they are empty or add up to nothing.
    public mutating func place(gain: Double, shares: [Double], draw: Double) -> Int {
        let sum = shares.reduce(0, +)
        guard shares.count > 1, sum > 0, sum.isFinite else { return 0 }
        if excess.count != shares.count - 1 { excess = Array(repeating: 0, count: shares.count - 1) }
        let gain = gain.isNaN ? 0 : gain
        let rank = gains.rank(of: gain, draw: draw)
        gains.insert(gain)
        var (tier, below) = (0, 0.0)
        for boundary in excess.indices {
            below += shares[boundary] / sum
            let count = excess[boundary]
            // All but nothing belongs below a boundary of 1, unless there is something to make up for.
            if rank >= below + Self.correction * count * count * count, below < 1 || count < 0 { tier = boundary + 1 }
        }
        below = 0
        for boundary in excess.indices {
            below += shares[boundary] / sum
            add((tier > boundary ? 1 : 0) - (1 - min(below, 1)), at: boundary)
        }
        return tier
    }

    /// Corrects the count of a request that another tier has served than the one it was placed at.
    public mutating func move(from placed: Int, to served: Int) {
        for boundary in excess.indices {
            add((served > boundary ? 1 : 0) - (placed > boundary ? 1 : 0), at: boundary)
        }
    }

    private mutating func add(_ count: Double, at boundary: Int) {
        excess[boundary] = min(max(excess[boundary] + count, -Self.carryMax), Self.carryMax)
    }
}
