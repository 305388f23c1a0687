/// What each quality costs in one hour, at best: the points that none other beats, and the convex hull below them.
///
/// A quality here is a sum over requests: 1 for each request that is served at a tier of quality 1.
struct HourCurve {
    /// The qualities that can be had, rising.
    private(set) var qualities: [Double] = []
    /// What each costs, rising.
    private(set) var costs: [Double] = []
    /// The combinations of each tier, as ``HourPacker`` counts them.
    private(set) var packings: [Packing] = []
    /// The corners of a convex line that is nowhere above any cost.
    private(set) var hullQualities: [Double] = []
    /// What the corners cost.
    private(set) var hullCosts: [Double] = []
    /// Whether what lies between two points can be had too, at what a straight line says.
    let isDivisible: Bool

    /// The curve through what can be had; those points are left out that cost no less than a better one.
    ///
    /// - Parameters:
    ///   - points: In any order, at least one.
    ///   - isDivisible: Whether what lies between them can be had too.
    ///   - floor: Points of a line below every cost where `points` are not all that can be had.
    init(_ points: [Point], isDivisible: Bool, floor: [Point]? = nil) {
        self.isDivisible = isDivisible
        var least = Double.infinity
        var kept: [Point] = []
        for point in points.sorted(by: { ($0.quality, -$0.cost) > ($1.quality, -$1.cost) }) where point.cost < least {
            // Two that differ by rounding alone are one.
            if let last = kept.last, last.quality - point.quality < 1e-9 * last.quality,
                point.cost > least * (1 - 1e-12)
            {
                continue
            }
            least = point.cost
            kept.append(point)
        }
        kept.reverse()
        for corner in Self.hull(of: floor ?? kept) {
            hullQualities.append(corner.quality)
            hullCosts.append(corner.cost)
        }
        for point in Self.thinned(kept) {
            qualities.append(point.quality)
            costs.append(point.cost)
            packings.append(point.packing)
        }
    }

    /// The most points of a curve: thousands of machines make as many, and a year of them would not fit in memory.
    private static let pointsMax = 4000

    /// Evenly chosen points, the ends among them; all of few.
    private static func thinned(_ points: [Point]) -> [Point] {
        guard points.count > pointsMax else { return points }
        let step = Double(points.count - 1) / Double(pointsMax - 1)
        return (0..<pointsMax).map { points[Int((Double($0) * step).rounded())] }
    }

    /// The lower convex hull of points whose qualities rise: from the cheapest to the best.
    static func hull(of points: [Point]) -> [Point] {
        var hull: [Point] = []
        for point in points {
            while hull.count >= 2, !isConvex(hull[hull.count - 2], hull[hull.count - 1], point) { hull.removeLast() }
            if hull.count == 1, hull[0].cost >= point.cost { hull.removeLast() }
            hull.append(point)
        }
        return hull
    }

    private static func isConvex(_ a: Point, _ b: Point, _ c: Point) -> Bool {
        (b.cost - a.cost) * (c.quality - b.quality) < (c.cost - b.cost) * (b.quality - a.quality)
    }

    /// The least quality on the curve: there is no cheaper point.
    var leastQuality: Double { qualities[0] }

    /// The first point whose quality is `quality` or more, but for rounding; the last if there is none.
    func point(reaching quality: Double) -> Int {
        let tolerance = 1e-9 * (qualities.last ?? 0)
        return min(qualities.firstSorted { $0 >= quality - tolerance }, qualities.count - 1)
    }

    /// What a quality costs: a straight line between points where that can be had, else the next point's cost.
    func cost(of quality: Double) -> Double {
        let point = point(reaching: quality)
        guard isDivisible, point > 0, quality < qualities[point] else { return costs[point] }
        let share = (quality - qualities[point - 1]) / (qualities[point] - qualities[point - 1])
        return costs[point - 1] + max(0, share) * (costs[point] - costs[point - 1])
    }

    /// What can be had: a quality, its cost and the machines.
    struct Point {
        var quality: Double
        var cost: Double
        var packing = Packing()
    }
}

/// Which combination of machines each tier has, by its place in the tier's ``TierCombinations``.
typealias Packing = SIMD8<UInt32>
