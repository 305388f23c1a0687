/// What is kept of a key's text: its HMAC-SHA256, 256 bits.
///
/// Comparing two takes the same time whatever they hold. Nobody can turn it back into the key, and it is not one itself.
public struct KeyHash: Hashable, Sendable, CustomStringConvertible {
    private let words: SIMD4<UInt64>

    /// The hash of 32 bytes; `nil` for any other number of them.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words = SIMD4<UInt64>()
        for (offset, byte) in bytes.enumerated() { words[offset / 8] = words[offset / 8] << 8 | UInt64(byte) }
        self.words = words
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(8 * (7 - $0 % 8))) }
    }

    /// Never the bytes: they are of no use in a log.
    public var description: String { "<hash>" }

    /// Whether all bits are the same, found out in constant time.
    public static func == (left: KeyHash, right: KeyHash) -> Bool {
        let difference = left.words ^ right.words
        return difference[0] | difference[1] | difference[2] | difference[3] == 0
    }

    /// Hashes the first word alone: its bits are as good as random.
    public func hash(into hasher: inout Hasher) { hasher.combine(words[0]) }
}
