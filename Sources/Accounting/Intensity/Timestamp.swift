/// Reads the times of intensity sources: ISO 8601 (RFC 3339, §5.6) and its relaxations, as seconds since 1970 UTC.
enum Timestamp {
    /// A time: `2022-01-01 00:00:00`, `2022-01-01T00:00Z`, `2022-01-01T01:00:00.000+01:00`; `nil` for other text.
    ///
    /// - Returns: The seconds, whole ones, and whether the text said its offset; where it did not they are taken as UTC.
    static func parse(_ text: ArraySlice<UInt8>) -> (unixSeconds: Int64, hasOffset: Bool)? {
        var scanner = DigitScanner(text: text)
        guard let year = scanner.number(digits: 4), scanner.take("-"), let month = scanner.number(digits: 2),
            scanner.take("-"), let day = scanner.number(digits: 2), (1...12).contains(month),
            (1...days(in: month, of: year)).contains(day), scanner.take("T") || scanner.take(" "),
            let hour = scanner.number(digits: 2), scanner.take(":"), let minute = scanner.number(digits: 2)
        else { return nil }
        var second = 0
        if scanner.take(":") {
            guard let number = scanner.number(digits: 2) else { return nil }
            second = number
            if scanner.take(".") { guard scanner.skipDigits() else { return nil } }
        }
        guard hour < 24, minute < 60, second <= 60, let offset = scanner.offset() else { return nil }
        let seconds = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        return (Int64(seconds - offset.seconds), offset.isGiven)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil: years begin in March, so that the leap day
    /// is their last.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// A time as `2022-01-01T00:00:00Z`, the form that every source takes.
    static func text(_ unixSeconds: Int64) -> String {
        // Civil from days, by the same source; from the year 0 to 9999, which is all that text of four digits can say.
        let seconds = min(max(unixSeconds, -62_167_219_200), 253_402_300_799)
        let day = Int(seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400)
        let ofDay = Int(seconds) - day * 86_400
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let digits = String(year)
        let date = String(repeating: "0", count: max(4 - digits.count, 0)) + digits
        let dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        return
            "\(date)-\(two(month))-\(two(dayOfMonth))T\(two(ofDay / 3600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60))Z"
    }
}

/// Takes a text of fixed fields apart.
private struct DigitScanner {
    var text: ArraySlice<UInt8>

    mutating func number(digits: Int) -> Int? {
        guard text.count >= digits else { return nil }
        var number = 0
        for byte in text.prefix(digits) {
            guard (0x30...0x39).contains(byte) else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        text = text.dropFirst(digits)
        return number
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = text.first, first == UInt8(ascii: character) else { return false }
        text = text.dropFirst()
        return true
    }

    mutating func skipDigits() -> Bool {
        let rest = text.drop { (0x30...0x39).contains($0) }
        defer { text = rest }
        return rest.count < text.count
    }

    /// What follows the time, to the end: `Z`, `+01:00`, `+0100`, `+01` or nothing.
    mutating func offset() -> (seconds: Int, isGiven: Bool)? {
        if text.isEmpty { return (0, false) }
        if take("Z") || take("z") { return text.isEmpty ? (0, true) : nil }
        let sign: Int
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), hours < 24 else { return nil }
        _ = take(":")
        guard !text.isEmpty else { return (sign * hours * 3600, true) }
        guard let minutes = number(digits: 2), minutes < 60, text.isEmpty else { return nil }
        return (sign * (hours * 3600 + minutes * 60), true)
    }
}
