/// Requests at each tier, to be shared out among groups that are promised different qualities.
///
/// A group gets requests that lie next to each other in the order of quality, so many that their quality is what it was
/// promised. If any way of sharing keeps all promises then this one does, in whatever order the groups come: what is left
/// after an interval with the right mean is spread as widely as it can be (Beiglböck and Juillet, "On a problem of optimal
/// transport under marginal martingale constraints", 2016, §4: the shadow).
struct TierShares {
    private let qualities: [Double]
    private(set) var left: [Double]

    init(_ served: [Double], qualities: [Double]) {
        left = served
        self.qualities = qualities
    }

    /// Takes `demand` requests whose qualities add up to `quality` or more, as little more as there can be.
    ///
    /// - Returns: How many of each tier; `nil` if not even the best that are left are enough.
    mutating func take(_ demand: Double, quality: Double) -> [Double]? {
        let total = left.reduce(0, +)
        let demand = min(demand, total)
        var (low, high) = (0.0, total - demand)
        guard worth(slice(from: high, demand)) >= quality - 1e-9 * demand else { return nil }
        // The quality rises with the place at which the interval begins: halved as often as a number has digits.
        if worth(slice(from: 0, demand)) >= quality { high = 0 }
        for _ in 0..<60 where high > low {
            let middle = (low + high) / 2
            if worth(slice(from: middle, demand)) >= quality { high = middle } else { low = middle }
        }
        let taken = slice(from: high, demand)
        for tier in left.indices { left[tier] = max(0, left[tier] - taken[tier]) }
        return taken
    }

    /// The quality of the best `demand` requests that are left.
    func best(_ demand: Double) -> Double { worth(slice(from: max(0, left.reduce(0, +) - demand), demand)) }

    private func worth(_ taken: [Double]) -> Double { zip(taken, qualities).reduce(0) { $0 + $1.0 * $1.1 } }

    /// `demand` requests in the order of quality, after the first `start`.
    private func slice(from start: Double, _ demand: Double) -> [Double] {
        var before = 0.0
        return left.map { amount in
            defer { before += amount }
            return max(0, min(before + amount, start + demand) - max(before, start))
        }
    }
}
