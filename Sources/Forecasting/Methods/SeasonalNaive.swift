/// What was a day or a week ago comes again.
public struct SeasonalNaive: Forecaster {
    /// The hours after which it repeats itself.
    public let period: Int

    /// Repeats what `period` hours, 1 or more, have been.
    public init(period: Int) { self.period = max(period, 1) }

    /// Such as `naive 24`.
    public var name: String { "naive \(period)" }

    /// The last period again and again.
    public func forecasts(of series: HourlySeries, from origins: [Int], horizon: Int) -> [[Double]]? {
        guard let first = origins.first, first >= period else { return nil }
        return origins.map { origin in (0..<horizon).map { series.values[origin - period + $0 % period] } }
    }
}
