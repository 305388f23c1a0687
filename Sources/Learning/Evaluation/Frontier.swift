/// What a pool of models gives for its money: the upper hull of points of cost and quality.
///
/// Hu et al., "RouterBench", 2024: <https://arxiv.org/abs/2403.12031>, section 3. Any point on a hull can be had by
/// drawing between its two corners, and quality never falls with money that need not be spent.
public struct Frontier: Hashable, Sendable {
    /// What some way of choosing costs, and how good it is.
    public struct Point: Hashable, Sendable {
        /// Mean cost of a prompt.
        public let cost: Double
        /// Mean score, 0 to 1.
        public let quality: Double

        /// The point at this `cost` and `quality`.
        public init(cost: Double, quality: Double) {
            self.cost = cost
            self.quality = quality
        }
    }

    /// The hull's corners, with rising cost and quality.
    public let corners: [Point]

    /// The hull of `points`.
    public init(_ points: [Point]) {
        var hull: [Point] = []
        for point in points.sorted(by: { ($0.cost, -$0.quality) < ($1.cost, -$1.quality) }) {
            if let last = hull.last, point.quality <= last.quality { continue }
            while hull.count >= 2, Self.isBelow(hull[hull.count - 1], from: hull[hull.count - 2], to: point) {
                hull.removeLast()
            }
            hull.append(point)
        }
        corners = hull
    }

    /// The quality to be had for `cost`; `nil` if nothing is that cheap.
    public func quality(at cost: Double) -> Double? {
        guard let first = corners.first, let last = corners.last, cost >= first.cost else { return nil }
        guard cost < last.cost else { return last.quality }
        let next = corners.firstIndex { $0.cost > cost } ?? corners.count - 1
        let (left, right) = (corners[next - 1], corners[next])
        return left.quality + (right.quality - left.quality) * (cost - left.cost) / (right.cost - left.cost)
    }

    /// Mean quality over `costs`: RouterBench's average improvement in quality (AIQ).
    ///
    /// Where the hull begins later, its first quality counts; past its end the last one does.
    public func meanQuality(over costs: ClosedRange<Double>) -> Double {
        guard let first = corners.first, let last = corners.last else { return 0 }
        let width = costs.upperBound - costs.lowerBound
        guard width > 0 else { return quality(at: costs.upperBound) ?? first.quality }
        var area = 0.0
        var left = Point(cost: costs.lowerBound, quality: quality(at: costs.lowerBound) ?? first.quality)
        let inner = corners.filter { $0.cost > costs.lowerBound && $0.cost < costs.upperBound }
        let end = Point(cost: costs.upperBound, quality: quality(at: costs.upperBound) ?? last.quality)
        for right in inner + [end] {
            area += (left.quality + right.quality) / 2 * (right.cost - left.cost)
            left = right
        }
        return area / width
    }

    /// The least cost at which the quality is at least `quality`; `nil` if it is never reached.
    public func cost(reaching quality: Double) -> Double? {
        guard let next = corners.firstIndex(where: { $0.quality >= quality }) else { return nil }
        guard next > 0 else { return corners[0].cost }
        let (left, right) = (corners[next - 1], corners[next])
        return left.cost + (right.cost - left.cost) * (quality - left.quality) / (right.quality - left.quality)
    }

    private static func isBelow(_ point: Point, from left: Point, to right: Point) -> Bool {
        (point.quality - left.quality) * (right.cost - left.cost)
            <= (right.quality - left.quality) * (point.cost - left.cost)
    }
}
