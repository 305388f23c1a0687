import Domain
import Learning
import Testing

/// Each figure against a case that was worked out by hand.
@Suite struct MetricTests {
    /// Four prompts; the strong model gains on two, loses on one: the lead is 1 prompt of 4.
    @Test func findsTheAreaOfFourPrompts() throws {
        let weak = [0.0, 0, 1, 1]
        let strong = [1.0, 1, 0, 1]
        let curve = try #require(PairCurve(weak: weak, strong: strong, order: [4, 3, 1, 2]))
        #expect(curve.recovered == [0, 1, 2, 2, 1])
        #expect(curve.area == (0.5 + 1.5 + 2 + 1.5) / 4)
        #expect(curve.callShare(recovering: 0.5) == 0.25)
        #expect(curve.callShare(recovering: 2) == 0.5)
        #expect(curve.callShare(recovering: 3) == 1)
    }

    @Test func ranksTiesLikeChance() throws {
        let curve = try #require(PairCurve(weak: [0, 0, 1], strong: [1, 1, 0], order: [7, 7, 7]))
        #expect(abs(curve.area - 0.5) < 1e-12)
    }

    @Test func hasNoCurveWithoutALead() {
        #expect(PairCurve(weak: [1, 0], strong: [0, 1], order: [0, 1]) == nil)
        #expect(PairCurve(weak: [], strong: [], order: []) == nil)
    }

    /// The gain itself is the best order, and its opposite the worst.
    @Test(arguments: 0..<50)
    func noOrderBeatsTheGain(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let weak = (0..<60).map { _ in Double(Int.random(in: 0...1, using: &generator)) }
        let strong = weak.map { $0 == 1 ? 1 : Double(Int.random(in: 0...1, using: &generator)) }
        let order = weak.map { _ in Double.random(in: 0...1, using: &generator) }
        let gains = zip(strong, weak).map { $0 - $1 }
        guard let random = PairCurve(weak: weak, strong: strong, order: order) else { return }
        let best = try #require(PairCurve(weak: weak, strong: strong, order: gains))
        let worst = try #require(PairCurve(weak: weak, strong: strong, order: gains.map { -$0 }))
        #expect(best.area >= random.area && random.area >= worst.area)
    }

    @Test func findsTheHull() throws {
        let points: [(Double, Double)] = [(1, 0.2), (2, 0.3), (3, 0.6), (4, 0.5), (5, 0.7), (2, 0.1)]
        let frontier = Frontier(points.map { Frontier.Point(cost: $0.0, quality: $0.1) })
        #expect(frontier.corners.map(\.cost) == [1, 3, 5])
        #expect(abs(try #require(frontier.quality(at: 2)) - 0.4) < 1e-12)
        #expect(frontier.quality(at: 0.5) == nil && frontier.quality(at: 9) == 0.7)
        // 0.2…0.6 over two, 0.6…0.7 over two, and 0.7 over the last one.
        let area: Double = 0.8 + 1.3 + 0.7
        #expect(abs(frontier.meanQuality(over: 1...6) - area / 5) < 1e-12)
        #expect(abs(try #require(frontier.cost(reaching: 0.65)) - 4) < 1e-12)
        #expect(frontier.cost(reaching: 0.1) == 1 && frontier.cost(reaching: 0.8) == nil)
    }

    /// A hull lies above all of its points, and is concave.
    @Test(arguments: 0..<100)
    func hullLiesAboveItsPoints(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let points = (0..<20).map { _ in
            Frontier.Point(
                cost: Double(Int.random(in: 0...9, using: &generator)),
                quality: Double.random(in: 0...1, using: &generator)
            )
        }
        let frontier = Frontier(points)
        for point in points {
            #expect((frontier.quality(at: point.cost) ?? -1) >= point.quality - 1e-12)
        }
        let slopes = zip(frontier.corners, frontier.corners.dropFirst())
            .map { ($1.quality - $0.quality) / ($1.cost - $0.cost) }
        #expect(zip(slopes, slopes.dropFirst()).allSatisfy { $0 > $1 })
    }

    @Test func findsTheCalibrationError() {
        // Two in the bin around 0.8, of which one is right; two around 0.1, none of which is.
        let calibration = Calibration(expected: [0.8, 0.85, 0.1, 0.15], scores: [1, 0, 0, 0])
        #expect(abs(calibration.error - (0.65 + 0.25) / 4) < 1e-12)
        #expect(abs(calibration.brier - (0.04 + 0.7225 + 0.01 + 0.0225) / 4) < 1e-12)
        #expect(Calibration(expected: [1, 0], scores: [1, 0]).error == 0)
    }

    /// The interval of a mean is close to the normal one, and the same for the same seed.
    @Test func bootstrapsTheMean() throws {
        let values = (0..<400).map { Double($0 % 2) }
        func mean(_ rows: [Int]) -> Double? { rows.reduce(0) { $0 + values[$1] } / Double(rows.count) }
        let interval = try #require(Interval.bootstrap(count: 400, samples: 1000, seed: 1, mean))
        #expect(interval.value == 0.5)
        #expect(abs(interval.low - 0.451) < 0.01 && abs(interval.high - 0.549) < 0.01)
        #expect(interval == Interval.bootstrap(count: 400, samples: 1000, seed: 1, mean))
    }
}
