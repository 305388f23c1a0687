internal import Glibc
internal import Reactor

/// The `date` field of the present second, made once a second: RFC 9110, §6.6.1.
struct DateField {
    private var line: [UInt8] = []
    private var expiry = Instant(nanoseconds: 0)

    /// The whole line, with its CRLF.
    mutating func line(at now: Instant) -> [UInt8] {
        if now >= expiry { renew(now) }
        return line
    }

    private mutating func renew(_ now: Instant) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        line = Self.line(unixSeconds: time.tv_sec)
        expiry = now.advanced(by: .nanoseconds(1_000_000_000 - time.tv_nsec))
    }

    static func line(unixSeconds: Int) -> [UInt8] {
        var seconds = unixSeconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        // strftime's names follow the locale, which nobody sets here; these are the RFC's.
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let date = "\(days[Int(parts.tm_wday)]), \(padded(parts.tm_mday)) \(months[Int(parts.tm_mon)])"
        let time = "\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))"
        return Array("date: \(date) \(parts.tm_year + 1900) \(time) GMT\r\n".utf8)
    }

    private static func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
