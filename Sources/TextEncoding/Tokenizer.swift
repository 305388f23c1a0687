/// Turns text into the numbers that a model was trained on, as Hugging Face's tokenizers do.
///
/// In order: added tokens are found, the text between them is normalized, cut into words, and each word into tokens. An
/// immutable value: any number of threads may use one.
public struct Tokenizer: Sendable {
    private let normalizer: Normalizer?
    private let preTokenizers: [PreTokenizer]
    private let model: TokenModel
    private let template: Template
    /// Added tokens that are looked for in the text as it comes.
    private let rawTokens: AddedTokens
    /// Added tokens that are looked for in the normalized text.
    private let normalizedTokens: AddedTokens
    /// The model's tokens as they are spelled in the file.
    private let vocabulary: Trie

    /// One more than the highest id: the least number of rows that a model's table of embeddings has.
    public let vocabularyCount: Int
    /// What fills the rows of a batch behind shorter texts; 0 if the tokenizer has no token for it.
    public private(set) var paddingID: Int32

    init(_ parts: TokenizerParts) throws(TokenizerError) {
        normalizer = parts.normalizer
        preTokenizers = parts.preTokenizers
        model = parts.model
        template = parts.template
        // Where two have the same text, special ones count.
        let tokens = parts.addedTokens.filter(\.isSpecial) + parts.addedTokens.filter { !$0.isSpecial }
        rawTokens = try AddedTokens(tokens.filter { !$0.isNormalized })
        var normalizedTokens = tokens.filter(\.isNormalized)
        if let normalizer {
            for index in normalizedTokens.indices {
                normalizedTokens[index].content = normalizer.normalized(normalizedTokens[index].content)
            }
        }
        self.normalizedTokens = try AddedTokens(normalizedTokens)
        vocabulary = parts.vocabulary
        vocabularyCount = Int(max(parts.idMax, tokens.map(\.id).max() ?? 0)) + 1
        paddingID = parts.paddingID ?? 0
        if parts.paddingID == nil { paddingID = id(of: "[PAD]") ?? id(of: "<pad>") ?? 0 }
    }

    /// The encoding of `text`, of its beginning and its end if it is longer than `truncation` allows.
    ///
    /// Any string has one. Bytes that aren't UTF-8 are to be repaired before, by `String(decoding:as:)`.
    ///
    /// - Complexity: O(n), but O(n log n) in the length of words for byte-level models; tens of bytes of memory a byte.
    public func encode(_ text: String, truncation: Truncation? = nil) -> Encoding {
        template.encoding(of: ids(of: Array(text.utf8)), truncation: truncation)
    }

    /// How many tokens `text` has, without those that frame it.
    ///
    /// - Complexity: as ``encode(_:truncation:)``.
    public func tokenCount(of text: String) -> Int { ids(of: Array(text.utf8)).count }

    /// The id of the token that is spelled `token` in the vocabulary; `nil` if it has none.
    public func id(of token: String) -> Int32? {
        vocabulary.number(of: token.utf8) ?? rawTokens.id(of: token) ?? normalizedTokens.id(of: token)
    }

    /// The ids of valid UTF-8, without those that frame a text.
    private func ids(of text: [UInt8]) -> [Int32] {
        var ids: [Int32] = []
        // English has four to five characters a token.
        ids.reserveCapacity(text.count / 4)
        rawTokens.forEachPart(of: text.span) { part in
            switch part {
            case .token(let id): ids.append(id)
            case .text(let range): appendIDs(ofRaw: text.part(range), to: &ids)
            }
        }
        return ids
    }

    private func appendIDs(ofRaw text: [UInt8], to ids: inout [Int32]) {
        let text = normalizer?.normalized(text) ?? text
        normalizedTokens.forEachPart(of: text.span) { part in
            switch part {
            case .token(let id): ids.append(id)
            case .text(let range): appendIDs(ofNormalized: text.part(range), to: &ids)
            }
        }
    }

    private func appendIDs(ofNormalized text: [UInt8], to ids: inout [Int32]) {
        var text = text
        var words = [text.indices]
        for preTokenizer in preTokenizers.dropLast() { preTokenizer.split(&words, of: &text) }
        let last = preTokenizers.last ?? .whole
        last.prepare(&words, of: &text)
        model.appendIDs(of: words, cutBy: last, in: text.span, to: &ids)
    }
}

/// What a tokenizer is made of, as a file tells it.
struct TokenizerParts {
    var normalizer: Normalizer?
    var preTokenizers: [PreTokenizer]
    var model: TokenModel
    var template = Template()
    var addedTokens: [AddedToken]
    /// The model's tokens, spelled as in the file, and their ids.
    var vocabulary: Trie
    /// The highest id of the model's.
    var idMax: Int32
    var paddingID: Int32?
}

extension [UInt8] {
    /// A part of it; itself, not a copy, if that is all.
    fileprivate func part(_ range: Range<Int>) -> [UInt8] { range == indices ? self : Array(self[range]) }
}
