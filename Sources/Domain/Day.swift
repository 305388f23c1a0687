/// A day of the proleptic Gregorian calendar, in UTC.
public struct Day: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01.
    public let number: Int

    /// The day with this number.
    public init(number: Int) { self.number = number }

    /// The day that the Unix millisecond `instant` is of.
    public init(unixMilliseconds instant: Int64) {
        let (days, rest) = instant.quotientAndRemainder(dividingBy: 86_400_000)
        number = Int(rest < 0 ? days - 1 : days)
    }

    /// The day that `text` begins with, `2026-01-31` or `2026/01/31` or `20260131`, or that of so many Unix seconds.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        if bytes.count >= 9, bytes.count <= 12, let seconds = Int(text), seconds >= 0 {
            self.init(number: seconds / 86_400)
            return
        }
        let isDashed =
            bytes.count >= 10 && bytes[4] == bytes[7]
            && (bytes[4] == UInt8(ascii: "-") || bytes[4] == UInt8(ascii: "/"))
        guard isDashed || bytes.count == 8 else { return nil }
        let fields =
            isDashed ? [bytes[0..<4], bytes[5..<7], bytes[8..<10]] : [bytes[0..<4], bytes[4..<6], bytes[6..<8]]
        let numbers = fields.compactMap { digits in
            digits.allSatisfy { (0x30...0x39).contains($0) } ? digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } : nil
        }
        if isDashed, bytes.count > 10, (0x30...0x39).contains(bytes[10]) { return nil }
        guard numbers.count == 3 else { return nil }
        self.init(year: numbers[0], month: numbers[1], day: numbers[2])
    }

    /// As `2026-01-31`.
    public var description: String {
        let (year, month, day) = date
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(width - digits.count, 0)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// Whether `left` comes before `right`.
    public static func < (left: Day, right: Day) -> Bool { left.number < right.number }

    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400 years that begin in March.

    /// The day of a date from the year 0 on; `nil` if there is none.
    public init?(year: Int, month: Int, day: Int) {
        guard year >= 0, (1...12).contains(month), day >= 1 else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        number = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        // A day beyond its month's end would be one of the next month.
        guard date == (year, month, day) else { return nil }
    }

    /// Its date.
    public var date: (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
