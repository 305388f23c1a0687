/// A point of its curve for each hour, how the chains share it, and what the windows have to spare.
///
/// Invariants: a curve's quality is its offset and what the chains get; no window has less than it needs, but for rounding.
/// Ends of windows never fall from one to the next: none is insured.
struct Assignment {
    let model: QualityModel
    /// What there is to choose from.
    let table: PointTable
    /// The point of each hour's curve.
    private(set) var points: [Int]
    /// The quality of each hour and chain.
    private(set) var qualities: [Double]
    /// What each window has above what it needs, chain by chain: windows of the first chain, then of the next.
    private var spare: [Double]
    /// The sum of the hours' costs.
    private(set) var cost: Double
    /// A sum below this is rounding.
    let tolerance: Double
    /// For each hour, the windows that it is in: as begins and ends never fall, they follow each other.
    let containing: [Range<Int>]

    /// The least points that give every hour at least `qualities`, which keep every promise.
    init(_ model: QualityModel, rounding qualities: [Double]) {
        self.model = model
        table = PointTable(model.curves)
        containing = Self.windowsContaining(model)
        let count = model.chainCount
        var (points, given, cost) = ([Int](), qualities, 0.0)
        points.reserveCapacity(model.hourCount)
        for hour in 0..<model.hourCount {
            let places = hour * count..<(hour + 1) * count
            let total = model.offset[hour] + places.reduce(0) { $0 + qualities[$1] }
            let curve = model.curves[hour]
            var point = curve.point(reaching: total)
            while !model.tops.isEmpty, point < curve.qualities.count - 1,
                places.contains(where: { given[$0] > model.top(hour, point, $0 - places.lowerBound) * (1 + 1e-9) })
            {
                point += 1
            }
            points.append(point)
            cost += curve.cost(of: total)
            // Where any quality can be had there is nothing to round.
            var rest = curve.isDivisible && total > curve.leastQuality ? 0 : curve.qualities[point] - total
            for place in places {
                let most = min(model.high[place], model.top(hour, point, place - places.lowerBound))
                let more =
                    rest > 0 ? min(rest, max(0, most - given[place])) : max(rest, model.low[place] - given[place])
                given[place] += more
                rest -= more
            }
        }
        (self.points, self.qualities, self.cost) = (points, given, cost)
        let sums = model.sums(given)
        spare = (0..<count).flatMap { chain in
            model.windows.indices.map { sums[$0 * count + chain] - model.required[$0 * count + chain] }
        }
        tolerance = 1e-9 * max(model.required.max() ?? 0, 1e-300)
        if let starts = model.starts {
            for hour in points.indices.dropFirst() {
                self.cost += starts.cost(hour, points[hour], after: points[hour - 1])
            }
        }
    }

    private static func windowsContaining(_ model: QualityModel) -> [Range<Int>] {
        var (first, end) = (0, 0)
        return model.curves.indices.map { hour in
            while end < model.windows.count, model.windows[end].lowerBound <= hour { end += 1 }
            while first < end, model.windows[first].upperBound <= hour { first += 1 }
            return first..<end
        }
    }

    /// What giving an hour another point adds to the cost: its own, and what is started in it and in the next hour.
    func change(_ hour: Int, to point: Int) -> Double {
        let change = table[hour, point].cost - table[hour, points[hour]].cost
        guard let starts = model.starts else { return change }
        func started(_ point: Int) -> Double {
            (hour > 0 ? starts.cost(hour, point, after: points[hour - 1]) : 0)
                + (hour + 1 < points.count ? starts.cost(hour + 1, points[hour + 1], after: point) : 0)
        }
        return change + started(point) - started(points[hour])
    }

    /// What a window has to spare for the first chain.
    func spare(_ window: Int) -> Double { spare[window] }

    /// The least that any of some windows has to spare; 0 as soon as one is seen that has less than `enough`.
    private func leastSpare(_ windows: Range<Int>, chain: Int, enough: Double = 0) -> Double {
        let first = chain * model.windows.count
        let end = first + windows.upperBound
        var place = first + windows.lowerBound
        // Four at a time: this is what a search does most.
        var least = SIMD4<Double>(repeating: .infinity)
        while place + 4 <= end {
            let next = SIMD4(spare[place], spare[place + 1], spare[place + 2], spare[place + 3])
            least.replace(with: next, where: next .< least)
            place += 4
            if place.isMultiple(of: 16), any(least .< enough) { return 0 }
        }
        return max(spare[place..<end].reduce(least.min()) { min($0, $1) }, 0)
    }

    /// How much less an hour may have while every window has enough; 0 where that is less than `enough`.
    func removable(hour: Int, atLeast enough: Double) -> Double {
        guard model.chainCount > 1 else {
            // Most hours that are looked at have nothing to give: one window is enough to see that.
            let own = qualities[hour] - model.low[hour]
            return own < enough ? 0 : min(own, leastSpare(containing[hour], chain: 0, enough: enough))
        }
        var sum = 0.0
        for chain in 0..<model.chainCount {
            let place = hour * model.chainCount + chain
            sum += min(qualities[place] - model.low[place], leastSpare(containing[hour], chain: chain))
        }
        return sum
    }

    /// Whether a point that is lower takes from no chain what its windows can't spare.
    func canLower(_ hour: Int, to point: Int) -> Bool {
        guard !model.tops.isEmpty else { return true }
        return (0..<model.chainCount).allSatisfy { chain in
            let place = hour * model.chainCount + chain
            let forced = qualities[place] - model.top(hour, point, chain)
            return forced <= leastSpare(containing[hour], chain: chain) + tolerance
        }
    }

    /// Gives an hour another point.
    ///
    /// What it gains or loses goes to the chains in order: as much as each can have or spare.
    mutating func move(_ hour: Int, to point: Int) {
        var rest = table[hour, point].quality - table[hour, points[hour]].quality
        cost += change(hour, to: point)
        points[hour] = point
        // First, what a chain can't have any more.
        for chain in 0..<model.chainCount where !model.tops.isEmpty {
            let place = hour * model.chainCount + chain
            let forced = min(0, model.top(hour, point, chain) - qualities[place])
            rest -= forced
            shift(place, chain: chain, hour: hour, by: forced)
        }
        for chain in 0..<model.chainCount {
            let place = hour * model.chainCount + chain
            let change: Double
            if chain == model.chainCount - 1 {
                change = rest
            } else if rest > 0 {
                let most = min(model.high[place], model.top(hour, point, chain))
                change = min(rest, max(0, most - qualities[place]))
            } else {
                let most = min(qualities[place] - model.low[place], leastSpare(containing[hour], chain: chain))
                change = -min(-rest, most)
            }
            rest -= change
            shift(place, chain: chain, hour: hour, by: change)
        }
    }

    /// What it takes to undo moves: the hours in their order with the points that they had, and what their chains had.
    struct Trail {
        fileprivate var steps: [(hour: Int, point: Int)] = []
        fileprivate var shares: [Double] = []

        /// Forgets them, but keeps the room.
        mutating func clear() {
            steps.removeAll(keepingCapacity: true)
            shares.removeAll(keepingCapacity: true)
        }
    }

    /// Moves an hour, and notes how it was.
    mutating func move(_ hour: Int, to point: Int, noting trail: inout Trail) {
        trail.steps.append((hour, points[hour]))
        for chain in 0..<model.chainCount { trail.shares.append(qualities[hour * model.chainCount + chain]) }
        move(hour, to: point)
    }

    /// Undoes the moves of a trail, the last one first.
    mutating func retrace(_ trail: Trail) {
        for (index, step) in trail.steps.enumerated().reversed() {
            cost += change(step.hour, to: step.point)
            points[step.hour] = step.point
            for chain in 0..<model.chainCount {
                let place = step.hour * model.chainCount + chain
                let change = trail.shares[index * model.chainCount + chain] - qualities[place]
                shift(place, chain: chain, hour: step.hour, by: change)
            }
        }
    }

    /// What each chain gets of an hour.
    func shares(_ hour: Int) -> [Double] {
        Array(qualities[hour * model.chainCount..<(hour + 1) * model.chainCount])
    }

    private mutating func shift(_ place: Int, chain: Int, hour: Int, by change: Double) {
        guard change != 0 else { return }
        qualities[place] += change
        let (first, windows) = (chain * model.windows.count, containing[hour])
        for window in first + windows.lowerBound..<first + windows.upperBound { spare[window] += change }
    }
}
