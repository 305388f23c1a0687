import Domain
import Testing

@testable import Gateway

@Suite struct HistogramTests {
    private static let all = [Histogram.request, .pause, .overhead, Histogram(bounds: [])]

    /// Prometheus's buckets hold what is less than or equal to their bound.
    @Test(arguments: 0..<40)
    func countsEachDurationInTheFirstBucketThatHoldsIt(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var histogram = Self.all[Int(seed) % Self.all.count]
        let durations = durations(around: histogram.bounds, using: &generator)
        for duration in durations { histogram.observe(nanoseconds: duration) }

        for (bucket, bound) in histogram.bounds.enumerated() {
            #expect(histogram.counts[...bucket].reduce(0, +) == durations.count { $0 <= bound })
        }
        #expect(histogram.count == durations.count)
        #expect(histogram.sumNanoseconds == durations.reduce(0, +))
    }

    @Test(arguments: 0..<20)
    func twoMergedAreOneThatHasSeenBoth(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var (left, right, both) = (Histogram.request, Histogram.request, Histogram.request)
        for duration in durations(around: both.bounds, using: &generator) {
            if Bool.random(using: &generator) {
                left.observe(nanoseconds: duration)
            } else {
                right.observe(nanoseconds: duration)
            }
            both.observe(nanoseconds: duration)
        }
        left.merge(right)
        #expect(left.counts == both.counts)
        #expect(left.sumNanoseconds == both.sumNanoseconds)
    }

    @Test func boundsAscendAndEndWhereAnythingFits() {
        for histogram in Self.all {
            #expect(
                histogram.bounds == histogram.bounds.sorted() && Set(histogram.bounds).count == histogram.bounds.count
            )
            #expect(histogram.counts.count == histogram.bounds.count + 1)
        }
    }

    /// The bounds themselves, their neighbours, and anything between 0 and an hour.
    private func durations(around bounds: [Int64], using generator: inout SeededGenerator) -> [Int64] {
        (0..<200).map { _ in
            guard let bound = bounds.randomElement(using: &generator), Bool.random(using: &generator) else {
                return .random(in: 0...3_600_000_000_000, using: &generator)
            }
            return bound + .random(in: -1...1, using: &generator)
        }
    }
}
