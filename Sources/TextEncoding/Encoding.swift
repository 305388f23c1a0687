/// A text as a model reads it: numbers of tokens.
public struct Encoding: Hashable, Sendable {
    /// The tokens' numbers in the vocabulary, those that frame the text included.
    public private(set) var ids: [Int32]
    /// The segment that each token belongs to, for models that tell two texts apart; 0 for most.
    public private(set) var typeIDs: [Int32]
    /// 1 for each token, 0 for padding behind them.
    public private(set) var attentionMask: [Int32]
    /// How many tokens the whole text has, without those that frame it: more than there are here if it was truncated.
    public let textTokenCount: Int

    init(ids: [Int32], typeIDs: [Int32], textTokenCount: Int) {
        self.ids = ids
        self.typeIDs = typeIDs
        self.textTokenCount = textTokenCount
        attentionMask = Array(repeating: 1, count: ids.count)
    }

    /// Adds padding up to `count` tokens, so that texts of different lengths make one batch.
    ///
    /// - Parameters:
    ///   - count: How many tokens there are then, if there aren't more already.
    ///   - id: What the padding consists of: ``Tokenizer/paddingID``.
    public mutating func pad(to count: Int, with id: Int32) {
        let missing = max(0, count - ids.count)
        ids += repeatElement(id, count: missing)
        typeIDs += repeatElement(0, count: missing)
        attentionMask += repeatElement(0, count: missing)
    }
}

/// How many tokens a text may have, and which of a longer one are kept.
public struct Truncation: Hashable, Sendable {
    /// The most tokens, those that frame the text included.
    ///
    /// Those that frame it are kept even if there are more of them.
    public let tokensMax: Int
    /// How many of them come from the text's end; the others come from its beginning.
    public let tailTokens: Int

    /// Keeps the beginning.
    public static func head(_ tokensMax: Int) -> Truncation {
        Truncation(tokensMax: tokensMax, tailTokens: 0)
    }

    /// Keeps the beginning and the end, where prompts have their task and their question.
    public static func headAndTail(_ tokensMax: Int, tail: Int) -> Truncation {
        Truncation(tokensMax: tokensMax, tailTokens: tail)
    }

    private init(tokensMax: Int, tailTokens: Int) {
        self.tokensMax = max(0, tokensMax)
        self.tailTokens = max(0, tailTokens)
    }

    /// Leaves out the middle of `ids` so that no more than `tokensMax` are left with `framing` others.
    func apply(to ids: inout [Int32], framing: Int) {
        let kept = max(0, tokensMax - framing)
        guard ids.count > kept else { return }
        let tail = min(tailTokens, kept)
        ids.removeSubrange(kept - tail..<ids.count - tail)
    }
}
