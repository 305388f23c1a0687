internal import Domain
internal import HTTP
internal import Reactor
internal import Upstream

extension HeaderFields {
    /// The header lines of a backend's answer that its client may want to see.
    ///
    /// The backend's own request id goes under another name: `x-request-id` is the gateway's. Its rate limits stay
    /// here: they are those of the gateway's key, not the client's.
    var passedFields: [UInt8] {
        var lines: [UInt8] = []
        if let value = first("openai-processing-ms") { lines.appendField("openai-processing-ms", value) }
        if let value = first("openai-organization") { lines.appendField("openai-organization", value) }
        if let value = first("openai-version") { lines.appendField("openai-version", value) }
        if let value = first("x-request-id") { lines.appendField("x-upstream-request-id", value) }
        return lines
    }
}

extension UpstreamResponse {
    /// The value of `content-type`, empty if there is none.
    var contentType: [UInt8] { head.fields.first("content-type").map(Array.init) ?? [] }
}

/// How long a backend wants to be left alone: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date.
enum RetryAfter {
    /// The pause that `fields` ask for; `nil` if they ask for none that makes sense.
    static func duration(in fields: HeaderFields, unixMilliseconds: Int64) -> Duration? {
        if let text = fields.string("retry-after-ms"), let value = Double(text), value >= 0, value < 1e12 {
            return .microseconds(Int64(value * 1000))
        }
        guard let text = fields.string("retry-after") else { return nil }
        if let value = Double(text), value >= 0, value < 1e9 { return .milliseconds(Int64(value * 1000)) }
        return unixSeconds(ofHTTPDate: text).map { .milliseconds(max($0 * 1000 - unixMilliseconds, 0)) }
    }

    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate, RFC 9110 §5.6.7).
    static func unixSeconds(ofHTTPDate text: String) -> Int64? {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[5] == "GMT", let number = Int(parts[1]),
            let month = months.firstIndex(of: String(parts[2])), let year = Int(parts[3]),
            (1970...9999).contains(year), let day = Day(year: year, month: month + 1, day: number)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        return Int64(day.number) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }
}
