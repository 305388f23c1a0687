/// What stands in for hours of which a source says nothing.
///
/// A short gap is a straight line between its neighbours. In a longer one each hour has the value of a week before, a week
/// after, a day before or a day after, whichever of them there is first; failing all, the straight line.
public struct GapRule: Hashable, Sendable {
    /// The longest gap, in hours, that a straight line fills.
    public var straightHoursMax = 3
    /// Series with a larger share of gaps are refused.
    public var shareMax = 0.25

    /// The usual rule.
    public init() {}

    /// A series out of values with gaps; those before the first value and after the last are filled too.
    ///
    /// - Parameters:
    ///   - values: One for each hour, `nil` in gaps.
    ///   - start: The first hour.
    ///   - name: The file's, for errors.
    /// - Returns: As many hours as there are values.
    /// - Throws: ``SeriesError/empty(path:)`` without any value, ``SeriesError/tooManyGaps(path:missing:count:)``.
    public func series(_ values: [Double?], from start: Hour, named name: String) throws(SeriesError) -> HourlySeries {
        let gaps = Self.gaps(in: values)
        let missing = gaps.reduce(0) { $0 + $1.count }
        guard missing < values.count else { throw .empty(path: name) }
        guard Double(missing) <= shareMax * Double(values.count) else {
            throw .tooManyGaps(path: name, missing: missing, count: values.count)
        }
        var filled = values.map { $0 ?? 0 }
        for gap in gaps {
            for index in gap {
                let known = gap.count > straightHoursMax ? Self.like(index, of: values, filled) : nil
                filled[index] = known ?? Self.straight(index, across: gap, values)
            }
        }
        return HourlySeries(start: start, values: filled, filled: gaps)
    }

    private static func gaps(in values: [Double?]) -> [Range<Int>] {
        var gaps: [Range<Int>] = []
        for index in values.indices where values[index] == nil {
            if let last = gaps.last, last.upperBound == index {
                gaps[gaps.count - 1] = last.lowerBound..<index + 1
            } else {
                gaps.append(index..<index + 1)
            }
        }
        return gaps
    }

    /// The value of an hour like this one: what lies before has been filled already; of what lies behind, readings count.
    private static func like(_ index: Int, of values: [Double?], _ filled: [Double]) -> Double? {
        if index >= 168 { return filled[index - 168] }
        if index + 168 < values.count, let value = values[index + 168] { return value }
        if index >= 24 { return filled[index - 24] }
        return index + 24 < values.count ? values[index + 24] : nil
    }

    private static func straight(_ index: Int, across gap: Range<Int>, _ values: [Double?]) -> Double {
        let before = gap.lowerBound > 0 ? values[gap.lowerBound - 1] : nil
        let behind = gap.upperBound < values.count ? values[gap.upperBound] : nil
        guard let before, let behind else { return before ?? behind ?? 0 }
        let share = Double(index - gap.lowerBound + 1) / Double(gap.count + 1)
        return before + (behind - before) * share
    }
}
