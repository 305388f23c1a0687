public import Domain

/// When a request that is still waiting is sent to a second model as well, the first to answer being the one that counts.
///
/// Dean and Barroso, "The tail at scale", CACM 2013: waiting until the usual answers are in makes the extra load a few
/// per cent, and takes the tail away. Whether the share of hedged requests allows it is an ``AttemptBudget``'s to say.
public struct HedgePolicy: Hashable, Sendable {
    /// The quantile of the first model's times to first token after which it counts as late, 0 to 1.
    public var quantile: Double
    /// Never hedges before this.
    public var delayMin: Duration
    /// Samples of the first model before its quantile counts, 1 or more.
    public var samplesMin: Int
    /// At most this price for each second that is likely saved.
    public var pricePerSecondMax: Money

    /// After the 96th percentile of at least thirty samples, at a cent for a second.
    public init(
        quantile: Double = 0.96,
        delayMin: Duration = .milliseconds(50),
        samplesMin: Int = 30,
        pricePerSecondMax: Money = Money(nanodollars: 10_000_000)
    ) {
        self.quantile = min(max(quantile, 0), 1)
        self.delayMin = max(delayMin, .zero)
        self.samplesMin = max(samplesMin, 1)
        self.pricePerSecondMax = pricePerSecondMax
    }

    /// How long to wait for a model with these times to first token; `nil` while too little is known of it.
    public func delay(for first: LatencySketch) -> Duration? {
        guard first.count >= samplesMin, let late = first.quantile(quantile) else { return nil }
        return max(late, delayMin)
    }

    /// The time that a second attempt is likely to save when the first has been silent for `elapsed`.
    ///
    ///     saving = mean(first − elapsed | first > elapsed) − median(second)
    ///
    /// Nothing is known of what lies beyond the longest sample, so there the first is taken to last as long again.
    public func saving(after elapsed: Duration, first: LatencySketch, second: LatencySketch) -> Duration {
        let other = second.quantile(0.5) ?? first.quantile(0.5) ?? elapsed
        return max(first.expected(atLeast: elapsed) - elapsed - other, .zero)
    }

    /// Whether a second attempt that is expected to cost `price` is worth it and fits into `available`, what is left of
    /// the request's hold; `nil` sets no such limit.
    public func isWorthwhile(price: Money, available: Money?, saving: Duration) -> Bool {
        if let available, price > available { return false }
        let seconds = Double(saving.nanoseconds) / 1e9
        return seconds > 0 && Double(price.nanodollars) <= seconds * Double(pricePerSecondMax.nanodollars)
    }
}
