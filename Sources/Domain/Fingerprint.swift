/// 128 bits that stand for bytes: FNV-1a with 64 bits from two starts, against mix-ups and not against attacks.
///
/// <http://www.isthe.com/chongo/tech/comp/fnv/>
public struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
    /// The half whose start is FNV's own.
    public private(set) var first: UInt64 = 0xcbf2_9ce4_8422_2325
    /// The half of the other start.
    public private(set) var second: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// That of no bytes.
    public init() {}

    /// That of `bytes`.
    public init(of bytes: [UInt8]) { add(bytes) }

    /// One that was written down.
    public init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }

    /// Goes on with more bytes.
    public mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { add(byte) }
    }

    /// Goes on with a number's eight bytes, the lowest first.
    public mutating func add(_ number: UInt64) {
        for place in 0..<8 { add(UInt8(truncatingIfNeeded: number >> (8 * UInt64(place)))) }
    }

    private mutating func add(_ byte: UInt8) {
        first = (first ^ UInt64(byte)) &* 0x100_0000_01b3
        second = (second ^ UInt64(byte)) &* 0x100_0000_01b3
    }

    /// 32 hexadecimal digits.
    public var description: String {
        [first, second].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
