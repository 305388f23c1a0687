/// What the keyword measure counts: words between ASCII whitespace, and which keywords occur.
struct Keywords {
    /// The eight of the original, then the two that its later version adds.
    private static let all: [[UInt8]] = [
        "analyze", "strategy", "multi-step", "reason", "design", "architecture", "trade-off", "evaluation", "proof",
        "optimize",
    ].map { Array($0.utf8) }

    private static let originalCount = 8
    private static let firstLetters = Set(all.compactMap(\.first)).reduce(into: UInt32(0)) { $0 |= bit(of: $1) }

    private var words = 0
    /// One bit for each keyword.
    private var hits: UInt16 = 0

    init(in text: Span<UInt8>, bytesMax: Int) {
        let end = min(text.count, max(bytesMax, 0))
        let keywords = Self.all
        let firstLetters = Self.firstLetters
        var isInWord = false
        for index in 0..<end {
            let byte = text[index]
            let isSpace = byte == 32 || (9...13).contains(byte) || (28...31).contains(byte)
            if !isSpace && !isInWord { words += 1 }
            isInWord = !isSpace
            guard byte >= 65, firstLetters & Self.bit(of: byte) != 0 else { continue }
            for (number, keyword) in keywords.enumerated() where hits & 1 << UInt16(number) == 0 {
                if Self.matches(keyword, in: text, at: index, end: end) { hits |= 1 << UInt16(number) }
            }
        }
    }

    func score(isExtended: Bool) -> Double {
        let count = isExtended ? Self.all.count : Self.originalCount
        let found = (hits & (1 << UInt16(count) - 1)).nonzeroBitCount
        return min(0.6 * min(Double(words) / 200, 1) + 0.4 * Double(found) / Double(count), 1)
    }

    /// A bit for a letter in either case; other bytes share bits with letters.
    private static func bit(of byte: UInt8) -> UInt32 { 1 << UInt32(byte & 31) }

    private static func matches(_ keyword: [UInt8], in text: Span<UInt8>, at start: Int, end: Int) -> Bool {
        guard keyword.count <= end - start else { return false }
        for offset in keyword.indices {
            var byte = text[start + offset]
            if (65...90).contains(byte) { byte += 32 }
            if byte != keyword[offset] { return false }
        }
        return true
    }
}
