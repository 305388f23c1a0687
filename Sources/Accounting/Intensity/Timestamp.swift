internal import Domain

/// Reads the times of data from elsewhere: ISO 8601 (RFC 3339, §5.6) and its relaxations, as seconds since 1970 UTC.
public enum Timestamp {
    /// A time: `2022-01-01 00:00:00`, `2022-01-01T00:00Z`, `2022-01-01T01:00:00.000+01:00`; `nil` for other text.
    ///
    /// - Returns: The seconds, whole ones, and whether the text said its offset; where it did not they are taken as UTC.
    public static func parse(_ text: ArraySlice<UInt8>) -> (unixSeconds: Int64, hasOffset: Bool)? {
        var scanner = DigitScanner(text: text)
        guard let year = scanner.number(digits: 4), scanner.take("-"), let month = scanner.number(digits: 2),
            scanner.take("-"), let dayOfMonth = scanner.number(digits: 2),
            let day = Day(year: year, month: month, day: dayOfMonth), scanner.take("T") || scanner.take(" "),
            let hour = scanner.number(digits: 2), scanner.take(":"), let minute = scanner.number(digits: 2)
        else { return nil }
        var second = 0
        if scanner.take(":") {
            guard let number = scanner.number(digits: 2) else { return nil }
            second = number
            if scanner.take(".") { guard scanner.skipDigits() else { return nil } }
        }
        guard hour < 24, minute < 60, second <= 60, let offset = scanner.offset() else { return nil }
        let seconds = day.number * 86_400 + hour * 3600 + minute * 60 + second
        return (Int64(seconds - offset.seconds), offset.isGiven)
    }

    /// A time as `2022-01-01T00:00:00Z`, the form that every source takes.
    public static func text(_ unixSeconds: Int64) -> String {
        // From the year 0 to 9999, which is all that text of four digits can say.
        let seconds = Int(min(max(unixSeconds, -62_167_219_200), 253_402_300_799))
        let day = Day(unixMilliseconds: Int64(seconds) * 1000)
        let ofDay = seconds - day.number * 86_400
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(day)T\(two(ofDay / 3600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60))Z"
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
