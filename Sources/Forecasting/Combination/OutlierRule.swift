/// Takes outages and single bursts out of a history, so that forecasts do not repeat them.
///
/// An hour that is further from the median of the same hour in the last four weeks than a number of median absolute
/// deviations is replaced by that median; after so many of them in a row it is a new level, and stays. An hour is judged by
/// what lies before it alone, so that a history cut anywhere is cleaned as the whole one was.
public struct OutlierRule: Hashable, Sendable {
    /// Values further from their median are replaced, in deviations of a normal distribution.
    public var limit = 10.0
    /// Longer runs are no outliers.
    public var hoursMax = 6

    /// The usual rule.
    public init() {}

    /// The series with its outliers replaced; the first three weeks are as they are.
    public func cleaned(_ series: HourlySeries) -> HourlySeries {
        let count = series.count
        guard count > Self.quiet else { return series }
        var values = series.values
        var distances = [Double](repeating: 0, count: count)
        var (bound, run) = (Double.infinity, 0)
        for index in 336..<count {
            let median = Self.median(values, before: index)
            let distance = values[index] - median
            distances[index] = abs(distance)
            guard index >= Self.quiet else { continue }
            if (index - Self.quiet) % 24 == 0 {
                let recent = distances[max(336, index - 672)..<index].sorted()
                bound = limit * Quantiles.normalDeviation * Quantiles.value(of: recent, at: 0.5)
            }
            run = abs(distance) > bound ? run + 1 : 0
            if run > 0, run <= hoursMax { values[index] = median }
        }
        return HourlySeries(start: series.start, values: values, filled: series.filled)
    }

    /// Hours that are needed before one can be judged.
    private static let quiet = 504

    /// The median of the same hour in up to four weeks before.
    private static func median(_ values: [Double], before index: Int) -> Double {
        let (first, second) = (values[index - 168], values[index - 336])
        guard index >= 504 else { return (first + second) / 2 }
        let third = values[index - 504]
        let (low, high) = (min(first, second), max(first, second))
        guard index >= 672 else { return max(low, min(high, third)) }
        // Of four, the mean of the middle two: their sum without the least and the most.
        let fourth = values[index - 672]
        return (low + high + third + fourth - min(low, third, fourth) - max(high, third, fourth)) / 2
    }
}
