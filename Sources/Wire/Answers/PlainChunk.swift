internal import HTTP

/// A chunk of a stream that brings one piece of text and nothing else, by which the next ones are known.
///
/// A backend repeats itself: its chunks are alike but for that text. Bytes that differ from a chunk's in nothing but one
/// string are JSON if the string is, and say the same otherwise; so there is no need to read them once more.
struct PlainChunk {
    private let bytes: [UInt8]
    /// The text, quotes included.
    private let text: Range<Int>
    /// Whose piece it is.
    let place: GeneratedText.Place

    /// Remembers the chunk `document` for its one piece of text, `string`.
    init(_ document: JSONDocument, text string: JSONValue, at place: GeneratedText.Place) {
        self.place = place
        bytes = Array(document.bytes)
        let start = document.bytes.startIndex
        text = string.range.lowerBound - start..<string.range.upperBound - start
    }

    /// What stands between the text's quotes in `data`, if it is such a chunk, too; else `nil`.
    func text(of data: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let textCount = data.count - (bytes.count - text.count)
        guard textCount >= 2, data.hasPrefix(bytes[..<text.lowerBound]), data.hasSuffix(bytes[text.upperBound...])
        else { return nil }
        let start = data.startIndex + text.lowerBound
        return data[start..<start + textCount].isJSONString ? data[start + 1..<start + textCount - 1] : nil
    }
}
