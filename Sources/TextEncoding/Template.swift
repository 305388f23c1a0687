/// What a model wants around a text: the component `post_processor` of tokenizer.json, for one text.
struct Template: Hashable, Sendable {
    /// A token that frames the text.
    struct Token: Hashable, Sendable {
        let id: Int32
        let typeID: Int32
    }

    var prefix: [Token] = []
    /// The segment that the text's own tokens belong to.
    var textTypeID: Int32 = 0
    var suffix: [Token] = []

    /// The encoding of a text with these tokens.
    func encoding(of ids: [Int32], truncation: Truncation?) -> Encoding {
        var kept = ids
        truncation?.apply(to: &kept, framing: prefix.count + suffix.count)
        let count = prefix.count + kept.count + suffix.count
        var framed: [Int32] = []
        var typeIDs: [Int32] = []
        framed.reserveCapacity(count)
        typeIDs.reserveCapacity(count)
        for token in prefix {
            framed.append(token.id)
            typeIDs.append(token.typeID)
        }
        framed += kept
        typeIDs += repeatElement(textTypeID, count: kept.count)
        for token in suffix {
            framed.append(token.id)
            typeIDs.append(token.typeID)
        }
        return Encoding(ids: framed, typeIDs: typeIDs, textTokenCount: ids.count)
    }
}
