/// What cuts words into tokens.
enum TokenModel: Sendable {
    case wordPiece(WordPiece)
    case bytePairs(BytePairEncoding)

    /// Appends the ids of `words`, parts of valid UTF-8.
    func appendIDs(of words: [Range<Int>], in text: Span<UInt8>, to ids: inout [Int32]) {
        switch self {
        case .wordPiece(let model):
            for word in words { model.appendIDs(of: word, in: text, to: &ids) }
        case .bytePairs(let model):
            var work = MergeWork()
            for word in words { model.appendIDs(of: word, in: text, using: &work, to: &ids) }
        }
    }
}
