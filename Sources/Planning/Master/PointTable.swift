/// The points of all hours' curves, one after the other in memory.
///
/// A search jumps from hour to hour, and what it does there takes less time than to fetch what it needs: here that is one
/// line of the cache for a point and its neighbours.
struct PointTable {
    /// A point of a curve.
    struct Point {
        var quality: Double
        var cost: Double
    }

    private var points: [Point] = []
    /// The place of each hour's first point, and the end.
    private(set) var first = [0]

    init(_ curves: [HourCurve]) {
        points.reserveCapacity(curves.reduce(0) { $0 + $1.qualities.count })
        first.reserveCapacity(curves.count + 1)
        for curve in curves {
            for (quality, cost) in zip(curve.qualities, curve.costs) {
                points.append(Point(quality: quality, cost: cost))
            }
            first.append(points.count)
        }
    }

    /// How many points there are, of all hours.
    var count: Int { points.count }

    /// How many points an hour has.
    func count(_ hour: Int) -> Int { first[hour + 1] - first[hour] }

    /// A point of an hour.
    subscript(hour: Int, point: Int) -> Point { points[first[hour] + point] }

    /// The least point of an hour that has `quality` or more; `point` if none below it has.
    func point(_ hour: Int, below point: Int, reaching quality: Double) -> Int {
        let first = first[hour]
        // It is mostly near: to go down step by step is quicker than to halve.
        var place = first + point
        while place > first, points[place - 1].quality >= quality { place -= 1 }
        return place - first
    }
}
