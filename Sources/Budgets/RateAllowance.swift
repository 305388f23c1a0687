/// What is left of rate limits, as `x-ratelimit-*` tells it.
public struct RateAllowance: Hashable, Sendable {
    /// One limit.
    public struct Item: Hashable, Sendable {
        /// How many a minute.
        public let limit: Int64
        /// How many are left now.
        public let remaining: Int64
        /// In how many milliseconds all are left again.
        public let resetMilliseconds: Int64

        /// Appends ``resetMilliseconds`` as OpenAI writes it: `12ms`, `1.5s`, `6m0s`.
        public func appendReset(to bytes: inout [UInt8]) {
            let milliseconds = max(resetMilliseconds, 0)
            let (minutes, rest) = (milliseconds / 60_000, milliseconds % 60_000)
            if milliseconds < 1000 {
                bytes += "\(milliseconds)ms".utf8
                return
            }
            if minutes > 0 { bytes += "\(minutes)m".utf8 }
            bytes += "\(rest / 1000)".utf8
            var (fraction, digit) = (rest % 1000, Int64(100))
            if fraction > 0 { bytes.append(UInt8(ascii: ".")) }
            while fraction > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / digit))
                fraction %= digit
                digit /= 10
            }
            bytes.append(UInt8(ascii: "s"))
        }
    }

    /// The request limit with the fewest left; `nil` if there is none.
    public internal(set) var requests: Item?
    /// The token limit with the fewest left; `nil` if there is none.
    public internal(set) var tokens: Item?
}
