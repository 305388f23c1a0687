public import Domain

/// One hour of time, in UTC: it begins at a whole number of hours since 1970.
public struct Hour: Hashable, Sendable, Strideable, CustomStringConvertible {
    /// Hours since 1970-01-01 00:00.
    public let number: Int

    /// The hour with this number.
    public init(number: Int) { self.number = number }

    /// The hour in which a time lies, in seconds since 1970.
    public init(unixSeconds: Int64) {
        let (hours, rest) = unixSeconds.quotientAndRemainder(dividingBy: 3600)
        number = Int(rest < 0 ? hours - 1 : hours)
    }

    /// An hour of a day, the first one if none is named.
    public init(_ day: Day, hour: Int = 0) { number = day.number * 24 + hour }

    /// The first hour of a year from 0 to 9999.
    ///
    /// - Precondition: There is such a year.
    public init(year: Int) {
        guard let day = Day(year: year, month: 1, day: 1) else { preconditionFailure("a year of the calendar") }
        self.init(day)
    }

    /// The hours of these years.
    public static func years(_ years: ClosedRange<Int>) -> Range<Hour> {
        Hour(year: years.lowerBound)..<Hour(year: years.upperBound + 1)
    }

    /// When it begins, in seconds since 1970.
    public var unixSeconds: Int64 { Int64(number) * 3600 }

    /// The day that it is of.
    public var day: Day { Day(number: (number - hourOfDay) / 24) }

    /// 0 to 23.
    public var hourOfDay: Int { Self.remainder(number, 24) }

    /// 0 to 167; the week begins on Monday.
    public var hourOfWeek: Int { Self.remainder(number + 72, 168) }  // 1970 began on a Thursday.

    /// As `2023-01-31T07:00Z`.
    public var description: String { "\(day)T\(hourOfDay < 10 ? "0" : "")\(hourOfDay):00Z" }

    /// The hour so many later.
    public func advanced(by hours: Int) -> Hour { Hour(number: number + hours) }

    /// How many hours from here to `other`.
    public func distance(to other: Hour) -> Int { other.number - number }

    private static func remainder(_ value: Int, _ divisor: Int) -> Int {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
