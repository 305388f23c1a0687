/// The id of one request: 128 bits, time first, so that ids sort by age (UUID version 7, RFC 9562 §5.7).
public struct RequestID: Hashable, Sendable {
    /// The upper 64 bits: 48 of Unix milliseconds, 4 of version, 12 of the millisecond's fraction or random.
    public let high: UInt64
    /// The lower 64 bits: 2 of variant, 62 random.
    public let low: UInt64

    /// An id for `unixMilliseconds` with the bits of `generator`.
    public init(unixMilliseconds: Int64, using generator: inout some RandomNumberGenerator) {
        let bits = UInt64(bitPattern: unixMilliseconds) << 16
        high = bits | 0x7000 | (generator.next() & 0x0fff)
        low = 0x8000_0000_0000_0000 | (generator.next() >> 2)
    }

    /// An id for `unixNanoseconds` with the bits of `generator`.
    ///
    /// Ids made a quarter of a microsecond apart sort by age,
    /// whichever thread made them (RFC 9562 §6.2, method 3).
    public init(unixNanoseconds: Int64, using generator: inout some RandomNumberGenerator) {
        let (milliseconds, fraction) = unixNanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        high = UInt64(bitPattern: milliseconds) << 16 | 0x7000 | UInt64(fraction.magnitude << 12 / 1_000_000)
        low = 0x8000_0000_0000_0000 | (generator.next() >> 2)
    }

    /// The id with these two halves, as read back from where it was stored.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Milliseconds since 1970, UTC.
    public var unixMilliseconds: Int64 { Int64(high >> 16) }
}

extension RequestID: CustomStringConvertible {
    /// 36 characters: `0198c1f2-7b3c-7e57-9d5c-2f6a1c0b9e11`.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the bytes of ``description``, without making a string of it.
    public func append(to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: 36) { text in
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 { text.append(UInt8(ascii: "-")) }
                let word = nibble < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word &>> UInt64(60 &- 4 &* (nibble & 15)) & 15)
                text.append(digit &+ (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10))
            }
        }
    }
}
