/// What is expected of the hours to come, with how sure that is.
public struct Forecast: Hashable, Sendable {
    /// A level below which a share of what comes is expected to stay.
    public struct Quantile: Hashable, Sendable {
        /// The share, from 0 to 1.
        public let level: Double
        /// A value for each hour.
        public let values: [Double]

        /// A level for each hour.
        public init(level: Double, values: [Double]) {
            self.level = level
            self.values = values
        }
    }

    /// The first hour.
    public let start: Hour
    /// The expected value of each hour.
    public let values: [Double]
    /// Levels by rising share.
    public let quantiles: [Quantile]

    /// A forecast from `start` on.
    ///
    /// - Precondition: Quantiles have as many hours as there are values.
    public init(start: Hour, values: [Double], quantiles: [Quantile] = []) {
        precondition(quantiles.allSatisfy { $0.values.count == values.count }, "a level for each hour")
        self.start = start
        self.values = values
        self.quantiles = quantiles
    }

    /// The expected values as a series.
    public var series: HourlySeries { HourlySeries(start: start, values: values) }
}
