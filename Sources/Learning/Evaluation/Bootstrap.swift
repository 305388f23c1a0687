internal import Domain

/// A figure with the interval in which it lies for 95 of 100 samples of the same kind.
public struct Interval: Hashable, Sendable {
    /// The figure over all rows.
    public let value: Double
    /// Its lower end.
    public let low: Double
    /// Its upper end.
    public let high: Double

    /// The figure `value`, which lies between `low` and `high`.
    public init(value: Double, low: Double, high: Double) {
        (self.value, self.low, self.high) = (value, low, high)
    }

    /// The figure that `measure` makes of `count` rows, with its interval by the bootstrap; `nil` if it makes none.
    ///
    /// Rows are drawn with replacement, `samples` times, by a generator with this `seed`; samples of which `measure` makes
    /// nothing are left out. Efron, "Bootstrap Methods", 1979.
    public static func bootstrap(
        count: Int,
        samples: Int,
        seed: UInt64,
        _ measure: ([Int]) -> Double?
    ) -> Interval? {
        guard let value = measure(Array(0..<count)) else { return nil }
        var generator = SeededGenerator(seed: seed)
        var values: [Double] = []
        for _ in 0..<samples where count > 0 {
            let rows = (0..<count).map { _ in Int.random(in: 0..<count, using: &generator) }
            if let value = measure(rows) { values.append(value) }
        }
        return Interval(ofSamples: values, around: value)
    }

    /// The figure `value` with the interval of 95 of 100 `samples` of it; the figure alone where there are none.
    init(ofSamples samples: [Double], around value: Double) {
        let sorted = samples.sorted()
        func percentile(_ share: Double) -> Double {
            sorted.isEmpty ? value : sorted[Int((Double(sorted.count - 1) * share).rounded())]
        }
        self.init(value: value, low: percentile(0.025), high: percentile(0.975))
    }
}
