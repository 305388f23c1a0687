/// A Prometheus histogram of durations: counts by bucket, their sum and number.
struct Histogram: Sendable {
    /// Upper bounds in nanoseconds, ascending; a last bucket without a bound follows.
    let bounds: [Int64]
    private(set) var counts: [Int]
    private(set) var sumNanoseconds: Int64 = 0

    init(bounds: [Int64]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// From 1 ms to 10 min: how long a model takes.
    static let request = Histogram(milliseconds: [
        1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 600_000,
    ])
    /// From 1 ms to 10 s: the pause between two pieces of a stream.
    static let pause = Histogram(milliseconds: [1, 2.5, 5, 10, 20, 30, 50, 75, 100, 200, 500, 1000, 10_000])
    /// From 10 µs to 1 s: what the gateway itself adds.
    static let overhead = Histogram(milliseconds: [
        0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 1000,
    ])

    private init(milliseconds: [Double]) {
        self.init(bounds: milliseconds.map { Int64($0 * 1e6) })
    }

    /// How many durations were seen.
    var count: Int { counts.reduce(0, +) }

    mutating func observe(nanoseconds: Int64) {
        var bucket = 0
        while bucket < bounds.count, nanoseconds > bounds[bucket] { bucket += 1 }
        counts[bucket] += 1
        sumNanoseconds &+= nanoseconds
    }

    /// Adds what `other`, of the same bounds, has seen.
    mutating func merge(_ other: Histogram) {
        for bucket in counts.indices { counts[bucket] += other.counts[bucket] }
        sumNanoseconds &+= other.sumNanoseconds
    }
}
