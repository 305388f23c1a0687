/// What cuts words into tokens.
enum TokenModel: Sendable {
    case wordPiece(WordPiece)
    case bytePairs(BytePairEncoding)

    /// Appends the ids of what `preTokenizer` cuts `words` into, prepared parts of valid UTF-8.
    func appendIDs(
        of words: [Range<Int>],
        cutBy preTokenizer: PreTokenizer,
        in text: Span<UInt8>,
        to ids: inout [Int32]
    ) {
        switch self {
        case .wordPiece(let model):
            preTokenizer.forEachWord(of: words, in: text) { model.appendIDs(of: $0, in: text, to: &ids) }
        case .bytePairs(let model):
            var work = MergeWork()
            preTokenizer.forEachWord(of: words, in: text) { model.appendIDs(of: $0, in: text, using: &work, to: &ids) }
        }
    }
}
