internal import Glibc

/// Instants as header fields write them: RFC 9110, §5.6.7, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
public enum HTTPDate {
    /// The text of a time in Unix seconds.
    public static func text(unixSeconds: Int) -> String {
        var seconds = unixSeconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        // strftime's names follow the locale, which nobody sets here; these are the RFC's.
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let date = "\(days[Int(parts.tm_wday)]), \(padded(parts.tm_mday)) \(months[Int(parts.tm_mon)])"
        let time = "\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))"
        return "\(date) \(parts.tm_year + 1900) \(time) GMT"
    }

    private static func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
