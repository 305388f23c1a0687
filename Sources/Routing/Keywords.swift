/// What the keyword measure counts: words between ASCII whitespace, and which keywords occur.
struct Keywords {
    /// The eight of the original, then the two that its later version adds.
    private static let all: [[UInt8]] = [
        "analyze", "strategy", "multi-step", "reason", "design", "architecture", "trade-off", "evaluation", "proof",
        "optimize",
    ].map { Array($0.utf8) }

    private static let originalCount = 8
    /// Which letter may follow which at the start of a keyword: a row for the first one, a bit for the second.
    private static let starts = all.reduce(into: [UInt32](repeating: 0, count: 32)) { rows, keyword in
        rows[Int(keyword[0] & 31)] |= 1 << UInt32(keyword[1] & 31)
    }

    private var words = 0
    /// One bit for each keyword.
    private var hits: UInt16 = 0

    init(in text: Span<UInt8>, bytesMax: Int) {
        let end = min(text.count, max(bytesMax, 0))
        let starts = Self.starts
        var isInWord = false
        var previous: UInt8 = 0
        for index in 0..<end {
            let byte = text[index]
            let isSpace = byte == 32 || (9...13).contains(byte) || (28...31).contains(byte)
            if !isSpace && !isInWord { words += 1 }
            isInWord = !isSpace
            // The lowest five bits are those of the letter in either case; few other bytes pass as well.
            if starts[Int(previous & 31)] & 1 << UInt32(byte & 31) != 0 { match(in: text, from: index - 1, end: end) }
            previous = byte
        }
    }

    func score(isExtended: Bool) -> Double {
        let count = isExtended ? Self.all.count : Self.originalCount
        let found = (hits & (1 << UInt16(count) - 1)).nonzeroBitCount
        return min(0.6 * min(Double(words) / 200, 1) + 0.4 * Double(found) / Double(count), 1)
    }

    /// Marks the keywords that stand at `start`.
    private mutating func match(in text: Span<UInt8>, from start: Int, end: Int) {
        for (number, keyword) in Self.all.enumerated() where keyword.count <= end - start {
            let stands = keyword.indices.allSatisfy { Self.lowercased(text[start + $0]) == keyword[$0] }
            if stands { hits |= 1 << UInt16(number) }
        }
    }

    @inline(__always)
    private static func lowercased(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
}
