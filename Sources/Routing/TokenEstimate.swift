/// A count of tokens without a tokenizer.
///
/// Byte-pair vocabularies of today's chat models take about four bytes of English or code per token, and cut other
/// scripts finer: here half a token for a character of two bytes in UTF-8 (Cyrillic, Greek, Arabic, accents), one for
/// three bytes (Chinese, Japanese, Korean, Devanagari), two for four bytes (emoji). Within some tens of per cent for
/// prose, which is enough to price a request before it is sent; its true usage comes with the answer.
public enum TokenEstimate {
    /// The tokens of `text` in UTF-8, rounded up; 0 for no text.
    ///
    /// - Complexity: O(bytes), with nothing allocated. Invalid UTF-8 gives some count as well.
    public static func tokens(in text: Span<UInt8>) -> Int {
        var ascii = 0
        var quarters = 0
        for index in text.indices {
            let byte = text[index]
            if byte < 0x80 {
                ascii += 1
            } else if byte >= 0xc0 {
                // The first byte of a character tells its length; those that follow count nothing.
                quarters += byte < 0xe0 ? 2 : byte < 0xf0 ? 4 : 8
            }
        }
        return (ascii + quarters + 3) / 4
    }

    /// The tokens of `text`, rounded up; 0 for no text.
    public static func tokens(in text: String) -> Int { tokens(in: text.utf8.span) }
}
