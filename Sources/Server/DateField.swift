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
        Array("date: \(HTTPDate.text(unixSeconds: unixSeconds))\r\n".utf8)
    }
}
