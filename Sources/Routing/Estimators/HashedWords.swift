/// A text as a sparse vector of unit length: how often each word and each pair of neighbours occurs, hashed to buckets.
///
/// A word is a run of letters, digits and bytes beyond ASCII, in lower case; every other character but blanks is a word of
/// its own, because formats tell much of what a prompt is for. A bucket weighs the root of its count, so that repetition
/// counts less than variety. The hashing trick: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning",
/// 2009, without its signs.
public struct HashedWords: Hashable, Sendable {
    /// How many buckets there are.
    public static let bucketCount = 512

    /// The buckets that are not zero, in rising order.
    public let buckets: [UInt16]
    /// Their weights; the squares add up to 1 unless there are none.
    public let weights: [Float]

    /// Words that were hashed before.
    ///
    /// - Precondition: There is a weight for each bucket, and buckets rise below ``bucketCount``.
    init(buckets: [UInt16], weights: [Float]) {
        precondition(buckets.count == weights.count, "a weight for each bucket")
        (self.buckets, self.weights) = (buckets, weights)
    }

    /// The words of `text` in UTF-8, up to `bytesMax` bytes of it.
    ///
    /// - Complexity: O(n log n) in the bytes looked at.
    public init(of text: Span<UInt8>, bytesMax: Int = 16_384) {
        var counts = [UInt16](repeating: 0, count: Self.bucketCount)
        var seen: [UInt16] = []
        func count(_ hash: UInt64) {
            let bucket = Self.bucket(of: hash)
            if counts[bucket] == 0 { seen.append(UInt16(bucket)) }
            if counts[bucket] < .max { counts[bucket] += 1 }
        }
        var previous = Self.start
        func end(_ word: UInt64) {
            count(word)
            count((previous ^ word) &* Self.prime ^ previous >> 29)
            previous = word
        }

        var word = Self.start
        for index in 0..<min(text.count, max(bytesMax, 0)) {
            let byte = text[index]
            if let letter = Self.letter(byte) {
                word = (word ^ UInt64(letter)) &* Self.prime
                continue
            }
            if word != Self.start { end(word) }
            word = Self.start
            if byte > 32 { end((Self.start ^ UInt64(byte)) &* Self.prime) }
        }
        if word != Self.start { end(word) }

        seen.sort()
        let length = Float(seen.reduce(0) { $0 + Int(counts[Int($1)]) }).squareRoot()
        buckets = seen
        weights = seen.map { Float(counts[Int($0)]).squareRoot() / length }
    }

    private static let start: UInt64 = 0xcbf2_9ce4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01b3

    /// The hash's bits, mixed so that the bucket depends on all of them.
    private static func bucket(of hash: UInt64) -> Int {
        let mixed = (hash ^ hash >> 32) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 55)
    }

    /// A letter in lower case, a digit, or a byte beyond ASCII as it is; `nil` for all else.
    @inline(__always)
    private static func letter(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 65...90: byte + 32
        case 48...57, 97...122, 0x80...: byte
        default: nil
        }
    }
}
