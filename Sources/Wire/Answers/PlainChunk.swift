internal import HTTP

/// A chunk of a stream that brings one piece of text and nothing else, by which the next ones are known.
///
/// A backend repeats itself: its chunks are alike but for that text. Bytes that differ from a chunk's in nothing but one
/// string are JSON if the string is, and say the same otherwise; so there is no need to read them once more.
struct PlainChunk {
    private let bytes: [UInt8]
    /// The text, quotes included.
    private let text: Range<Int>

    /// Remembers the chunk `document` for its one piece of text, `string`.
    init(_ document: JSONDocument, text string: JSONValue) {
        bytes = Array(document.bytes)
        let start = document.bytes.startIndex
        text = string.range.lowerBound - start..<string.range.upperBound - start
    }

    /// The bytes of text in `data`, if it is such a chunk, too; else `nil`.
    func textBytes(of data: ArraySlice<UInt8>) -> Int? {
        let textCount = data.count - (bytes.count - text.count)
        guard textCount >= 2, data.hasPrefix(bytes[..<text.lowerBound]), data.hasSuffix(bytes[text.upperBound...])
        else { return nil }
        let start = data.startIndex + text.lowerBound
        return data[start..<start + textCount].isJSONString ? textCount - 2 : nil
    }
}
