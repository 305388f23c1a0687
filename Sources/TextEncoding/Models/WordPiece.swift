/// BERT's model: each word is cut into the longest pieces that the vocabulary has, from the left.
///
/// Schuster and Nakajima, "Japanese and Korean voice search", 2012, as `BertTokenizer` does it.
struct WordPiece: Sendable {
    /// The pieces and their ids.
    let vocabulary: Trie
    /// What stands for a word that can't be cut into known pieces.
    let unknownID: Int32
    /// Words of more characters than this are unknown.
    let wordCharactersMax: Int
    /// Where the search for a piece inside of a word begins: behind `##`; `nil` if the vocabulary has no such piece.
    private let continuation: UInt32?

    /// A model over `vocabulary`, whose pieces inside of words begin with `continuationPrefix`.
    init(vocabulary: Trie, unknownID: Int32, continuationPrefix: [UInt8], wordCharactersMax: Int) {
        self.vocabulary = vocabulary
        self.unknownID = unknownID
        self.wordCharactersMax = wordCharactersMax
        continuation = vocabulary.node(behind: continuationPrefix)
    }

    /// Appends the ids of `word`, a part of valid UTF-8.
    ///
    /// - Complexity: O(n · m) for a word of n bytes, n bounded by `wordCharactersMax`, and pieces of up to m bytes.
    @inline(__always)
    func appendIDs(of word: Range<Int>, in text: Span<UInt8>, to ids: inout [Int32]) {
        let first = ids.count
        guard word.count <= wordCharactersMax || characterCount(of: word, in: text) <= wordCharactersMax else {
            ids.append(unknownID)
            return
        }
        var start = word.lowerBound
        var root: UInt32? = vocabulary.root
        while start < word.upperBound {
            guard let node = root, let piece = longestPiece(from: node, at: start, to: word.upperBound, in: text) else {
                ids.removeSubrange(first...)
                ids.append(unknownID)
                return
            }
            ids.append(piece.id)
            start = piece.end
            root = continuation
        }
    }

    @inline(__always)
    private func longestPiece(
        from root: UInt32,
        at start: Int,
        to end: Int,
        in text: Span<UInt8>
    ) -> (id: Int32, end: Int)? {
        var node = root
        var index = start
        var piece: (id: Int32, end: Int)?
        while index < end, let step = vocabulary.step(from: node, text[index]) {
            node = step.node
            index &+= 1
            if let id = step.number { piece = (id, index) }
        }
        return piece
    }

    private func characterCount(of word: Range<Int>, in text: Span<UInt8>) -> Int {
        var count = 0
        for index in word where text[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }
}
