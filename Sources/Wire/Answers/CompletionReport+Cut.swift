internal import HTTP

extension CompletionReport {
    /// Bytes of generated text in `body`, the beginning of a whole answer that broke off: what can still be charged for.
    ///
    /// A scan, since half an object cannot be parsed: of each string it asks only whether a colon stands before it, and
    /// whether the last key is one that text stands under. Blanks and other members, however many, are no text.
    ///
    /// - Complexity: O(n).
    public static func contentBytes(ofCut body: [UInt8]) -> Int {
        var total = 0
        var holdsText = false
        var isValue = false
        var place = 0
        while place < body.count {
            switch body[place] {
            case UInt8(ascii: "\""):
                let start = place + 1
                place = start
                while place < body.count, body[place] != UInt8(ascii: "\"") {
                    place += body[place] == UInt8(ascii: "\\") ? 2 : 1
                }
                let string = body[start..<min(place, body.count)]
                if !isValue { holdsText = isTextKey(string) } else if holdsText { total += string.count }
                isValue = false
            case UInt8(ascii: ":"): isValue = true
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): break
            default: isValue = false
            }
            place += 1
        }
        return total
    }

    private static let textKeys: [StaticString] = [
        "content", "text", "reasoning_content", "reasoning", "refusal", "arguments", "transcript",
    ]

    private static func isTextKey(_ key: ArraySlice<UInt8>) -> Bool { textKeys.contains { key.equals($0) } }
}
