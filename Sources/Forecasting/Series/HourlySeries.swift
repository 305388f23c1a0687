/// A number for each of consecutive hours: requests, grams for a kilowatt-hour, dollars.
///
/// Every value is finite. Hours of which the source said nothing hold what a ``GapRule`` put there, and ``filled`` says
/// which ones they are.
public struct HourlySeries: Hashable, Sendable {
    /// The first hour.
    public let start: Hour
    /// A value for each hour from ``start`` on.
    public let values: [Double]
    /// The indices of values that were filled in: rising, without overlap.
    public let filled: [Range<Int>]

    /// A series of known values.
    ///
    /// - Parameters:
    ///   - start: The first hour.
    ///   - values: One for each hour.
    ///   - filled: Which of them are no readings.
    /// - Precondition: The values are finite.
    public init(start: Hour, values: [Double], filled: [Range<Int>] = []) {
        precondition(values.allSatisfy(\.isFinite), "finite values: gaps are for a GapRule")
        self.start = start
        self.values = values
        self.filled = filled
    }

    /// How many hours there are.
    public var count: Int { values.count }

    /// The first hour after the series.
    public var end: Hour { start.advanced(by: count) }

    /// The hours that have values.
    public var hours: Range<Hour> { start..<end }

    /// How many values were filled in.
    public var filledCount: Int { filled.reduce(0) { $0 + $1.count } }

    /// The mean of all values; 0 of an empty series.
    public var mean: Double { values.reduce(0, +) / Double(max(count, 1)) }

    /// The value of an hour; `nil` outside.
    public subscript(hour: Hour) -> Double? {
        let index = start.distance(to: hour)
        return values.indices.contains(index) ? values[index] : nil
    }

    /// What the series says of those hours of `range` that it has.
    public subscript(range: Range<Hour>) -> HourlySeries {
        let bounds = range.clamped(to: hours)
        let indices = start.distance(to: bounds.lowerBound)..<start.distance(to: bounds.upperBound)
        let kept = filled.map { $0.clamped(to: indices) }.filter { !$0.isEmpty }
        return HourlySeries(
            start: bounds.lowerBound,
            values: Array(values[indices]),
            filled: kept.map { $0.lowerBound - indices.lowerBound..<$0.upperBound - indices.lowerBound }
        )
    }
}

extension HourlySeries {
    /// The same values so many hours later: 8,760 makes a year stand in for the next.
    public func shifted(by hours: Int) -> HourlySeries {
        HourlySeries(start: start.advanced(by: hours), values: values, filled: filled)
    }

    /// The same course with another mean; unchanged where the mean is 0, which no factor moves.
    public func scaled(toMean target: Double) -> HourlySeries {
        let mean = mean
        guard mean != 0, (target / mean).isFinite else { return self }
        return HourlySeries(start: start, values: values.map { $0 * (target / mean) }, filled: filled)
    }

    /// A trace of some weeks as if it had been of other hours: each takes the value of an hour with its place in the week.
    ///
    /// Whole weeks are repeated, so that a Monday stays a Monday; a trace shorter than that repeats its whole days, or all
    /// of it if it is no day. Where the trace has all of the hours already, they are taken as they are.
    ///
    /// - Parameters:
    ///   - range: The hours.
    ///   - historyHours: The most hours before them that are wanted as well. There are as many as the trace has weeks that
    ///     it need not repeat: what comes would be known otherwise.
    /// - Returns: The hours of `range`, and those of the history.
    public func repeated(over range: Range<Hour>, after historyHours: Int = 0) -> HourlySeries {
        guard !values.isEmpty else { return HourlySeries(start: range.lowerBound, values: []) }
        guard range.clamped(to: hours) != range else {
            return self[range.lowerBound.advanced(by: -historyHours)..<range.upperBound]
        }
        let unit = count >= 168 ? 168 : count >= 24 ? 24 : count
        // From the place in the week, or day, at which the range begins.
        let offset = start.distance(to: range.lowerBound) % unit
        let first = offset < 0 ? offset + unit : offset
        let usable = max((count - first) / unit * unit, 0)
        let (base, period) = usable > 0 ? (first, usable) : (0, unit)
        let shift = usable > 0 ? 0 : first
        let length = max(range.lowerBound.distance(to: range.upperBound), 0)
        let history = min(max(usable - length, 0), max(historyHours, 0)) / unit * unit
        let picked = (0..<history + length).map { values[base + ($0 + shift) % period] }
        return HourlySeries(start: range.lowerBound.advanced(by: -history), values: picked)
    }
}
