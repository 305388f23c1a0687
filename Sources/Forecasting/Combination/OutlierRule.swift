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
        var (recent, hours) = (SortedValues(), 336..<336)
        var (bound, run) = (Double.infinity, 0)
        for index in 336..<count {
            let median = Self.median(values, before: index)
            let distance = values[index] - median
            distances[index] = abs(distance)
            guard index >= Self.quiet else { continue }
            if (index - Self.quiet) % 24 == 0 {
                let now = max(336, index - 672)..<index
                recent.remove(distances[hours.lowerBound..<now.lowerBound])
                recent.insert(distances[hours.upperBound..<now.upperBound])
                hours = now
                bound = limit * Quantiles.normalDeviation * Quantiles.value(of: recent.values, at: 0.5)
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

/// Numbers in order, of which few go and few come: to sort all of them each time was most of an outlier rule's time.
private struct SortedValues {
    /// Rising.
    private(set) var values: [Double] = []

    /// Takes out numbers that are among them.
    mutating func remove(_ old: ArraySlice<Double>) {
        for value in old {
            let place = place(of: value)
            if place < values.count { values.remove(at: place) }
        }
    }

    mutating func insert(_ new: ArraySlice<Double>) {
        for value in new { values.insert(value, at: place(of: value)) }
    }

    /// The first place with a number that is no smaller.
    private func place(of value: Double) -> Int {
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
