/// The problem that is left once each hour is packed: choose a quality for each hour, so that every window has enough.
///
///     min Σᵢ fᵢ(Σᵤ x[i, u])   so that   Σ of x[i, u] over a window's hours ≥ required[window, u],  low ≤ x ≤ high
///
/// fᵢ is the hour's curve and x[i, u] the sum of the qualities of a group's requests. Groups that are always served at the
/// best tier are part of the curves and not among the chains here.
struct QualityModel {
    /// What each quality costs, hour by hour.
    var curves: [HourCurve]
    /// How many groups share an hour's quality.
    let chainCount: Int
    /// The least quality of each hour and chain.
    let low: [Double]
    /// The greatest quality of each hour and chain.
    var high: [Double]
    /// The hours of each window; begins never fall from one to the next, and ends only where windows are insured.
    let windows: [Range<Int>]
    /// The quality that each window and chain needs.
    var required: [Double]
    /// The quality of premium requests in each hour, which is part of a curve's quality and of no chain's.
    let offset: [Double]
    /// The most that each chain can get of each point of each hour's curve, chain by chain; empty where there is one chain.
    ///
    /// Where all requests are served in the middle no group can have the best, whatever the sum says.
    var tops: [[Double]] = []
    /// The same at the corners of the hulls.
    var hullTops: [[Double]] = []
    /// What machines cost that run in an hour and not in the one before; `nil` where that is nothing.
    var starts: StartCosts?

    var hourCount: Int { curves.count }

    init(
        curves: [HourCurve],
        chainCount: Int,
        low: [Double],
        high: [Double],
        windows: [Range<Int>],
        required: [Double],
        offset: [Double]
    ) {
        self.curves = curves
        self.chainCount = chainCount
        self.low = low
        self.high = high
        self.windows = windows
        self.required = required
        self.offset = offset
    }

    /// The most that a chain can get of a point.
    func top(_ hour: Int, _ point: Int, _ chain: Int) -> Double {
        tops.isEmpty ? .infinity : tops[hour][point * chainCount + chain]
    }

    /// The sum of `values`, given for each hour and chain, over each window.
    func sums(_ values: [Double]) -> [Double] {
        var before = [Double](repeating: 0, count: (hourCount + 1) * chainCount)
        for place in values.indices { before[place + chainCount] = before[place] + values[place] }
        var sums: [Double] = []
        sums.reserveCapacity(required.count)
        for window in windows {
            for chain in 0..<chainCount {
                sums.append(
                    before[window.upperBound * chainCount + chain] - before[window.lowerBound * chainCount + chain]
                )
            }
        }
        return sums
    }

    /// A scale of qualities: the mean over hours and chains of the greatest, or 1.
    var scale: Double {
        let mean = high.reduce(0, +) / Double(max(high.count, 1))
        return mean > 0 ? mean : 1
    }
}

extension QualityModel {
    /// What no choice of qualities costs less than, by the prices of windows: Lagrange's relaxation.
    ///
    ///     Σᵢ min over x of (fᵢ(x) − Σᵤ π[i, u] x[u]) + Σ price · required,   π[i, u] = Σ prices of the windows with hour i
    ///
    /// True for any prices that are not negative, so it is a proof whatever found them.
    func bound(prices: [Double]) -> Double {
        let worth = hourlyWorth(prices)
        var bound = zip(prices, required).reduce(0) { $0 + $1.0 * $1.1 }
        for hour in 0..<hourCount { bound += leastReducedCost(hour: hour, worth: worth) }
        return bound
    }

    /// What a unit of quality is worth in each hour to each chain: the prices of all windows that it counts for.
    func hourlyWorth(_ prices: [Double]) -> [Double] {
        var worth = [Double](repeating: 0, count: (hourCount + 1) * chainCount)
        for (window, hours) in windows.enumerated() {
            for chain in 0..<chainCount {
                worth[hours.lowerBound * chainCount + chain] += prices[window * chainCount + chain]
                worth[hours.upperBound * chainCount + chain] -= prices[window * chainCount + chain]
            }
        }
        for place in chainCount..<worth.count { worth[place] += worth[place - chainCount] }
        worth.removeLast(chainCount)
        return worth
    }

    /// What each point of each hour costs more than its quality is worth, above the hour's best point; in the table's order.
    ///
    /// Of chains that share an hour, the one counts that it is worth most to.
    func losses(_ table: PointTable, prices: [Double]) -> [Double] {
        let worths = hourlyWorth(prices)
        var losses: [Double] = []
        losses.reserveCapacity(table.count)
        for hour in 0..<hourCount {
            let worth = (0..<chainCount).reduce(0) { max($0, worths[hour * chainCount + $1]) }
            let reduced = (0..<table.count(hour)).map { table[hour, $0].cost - worth * table[hour, $0].quality }
            let least = reduced.min() ?? 0
            for cost in reduced { losses.append(cost - least) }
        }
        return losses
    }

    /// The least of cost less worth in an hour: at a corner of the hull, or where a chain has all that it can have.
    private func leastReducedCost(hour: Int, worth: [Double]) -> Double {
        let curve = curves[hour]
        let chains = (0..<chainCount).map { hour * chainCount + $0 }.sorted { worth[$0] > worth[$1] }
        let least = offset[hour] + chains.reduce(0) { $0 + low[$1] }
        /// The most that a total quality can be worth: the chains that it is worth most to have it.
        func greatestWorth(_ quality: Double) -> Double {
            var left = max(0, quality - least)
            return chains.reduce(0) { sum, place in
                let share = min(left, high[place] - low[place])
                left -= share
                return sum + worth[place] * (low[place] + share)
            }
        }
        var best = Double.infinity
        for (quality, cost) in zip(curve.hullQualities, curve.hullCosts) {
            best = min(best, cost - greatestWorth(quality))
        }
        var corner = least
        for place in chains {
            corner += high[place] - low[place]
            // Limited machines may give less than all chains could have.
            let quality = min(corner, curve.hullQualities.last ?? corner)
            best = min(best, curve.hullCost(of: quality) - greatestWorth(quality))
        }
        return best
    }
}

extension HourCurve {
    /// The hull's cost of a quality; that of the cheapest corner below it.
    func hullCost(of quality: Double) -> Double {
        let next = hullQualities.firstSorted { $0 >= quality }
        guard next > 0 else { return hullCosts[0] }
        guard next < hullQualities.count else { return hullCosts[hullCosts.count - 1] }
        let share = (quality - hullQualities[next - 1]) / (hullQualities[next] - hullQualities[next - 1])
        return hullCosts[next - 1] + share * (hullCosts[next] - hullCosts[next - 1])
    }
}
