/// A model as it was read, and its vocabulary as it was spelled.
struct LoadedModel {
    let model: TokenModel
    let vocabulary: Trie
    let idMax: Int32

    /// Refuses pre-tokenizers that don't give the model what it reads: bytes for byte pairs, characters for word pieces.
    func check(_ preTokenizers: [PreTokenizer]) throws(TokenizerError) {
        let levels = preTokenizers.map { if case .byteLevel = $0 { true } else { false } }
        switch model {
        case .wordPiece:
            guard !levels.contains(true) else {
                throw .unsupported(component: "pre_tokenizer", kind: "ByteLevel with WordPiece")
            }
        case .bytePairs:
            guard levels.firstIndex(of: true) == levels.count - 1 else {
                throw .unsupported(component: "model", kind: "BPE without ByteLevel as last pre-tokenizer")
            }
        }
    }
}

extension Component {
    /// The component `model`.
    func tokenModel() throws(TokenizerError) -> LoadedModel {
        let vocabulary = try Vocabulary(needed("vocab"))
        switch try modelType() {
        case "WordPiece":
            return try vocabulary.wordPiece(
                unknown: member("unk_token")?.string() ?? "[UNK]",
                continuationPrefix: member("continuing_subword_prefix")?.string() ?? "##",
                wordCharactersMax: member("max_input_chars_per_word")?.int(in: 1...10_000) ?? 100
            )
        case "BPE":
            try refuseOtherPairs()
            return try vocabulary.bytePairs(
                merges: try needed("merges").merges(),
                unknown: member("unk_token")?.string(),
                fusesUnknown: member("fuse_unk")?.bool() ?? false,
                ignoresMerges: member("ignore_merges")?.bool() ?? false
            )
        case let other: throw .unsupported(component: path, kind: other)
        }
    }

    /// Files of before 2020 don't say which model it is, but for its fields.
    private func modelType() throws(TokenizerError) -> String {
        if let type = try member("type") { return try type.string() }
        if try member("merges") != nil { return "BPE" }
        return try member("max_input_chars_per_word") != nil ? "WordPiece" : "without a type"
    }

    /// Refuses what byte-level models don't have: pieces marked by their place, single bytes as a last resort, chance.
    private func refuseOtherPairs() throws(TokenizerError) {
        for key: StaticString in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard try member(key)?.bytes().isEmpty ?? true else { throw .unsupported(component: path, kind: "\(key)") }
        }
        guard try !(member("byte_fallback")?.bool() ?? false) else {
            throw .unsupported(component: path, kind: "byte_fallback")
        }
        if let dropout = try member("dropout"), !dropout.isZero {
            throw .unsupported(component: path, kind: "dropout")
        }
    }

    /// Pairs of tokens, written `"a b"` or `["a", "b"]`.
    private func merges() throws(TokenizerError) -> [(ArraySlice<UInt8>, ArraySlice<UInt8>)] {
        var merges: [(ArraySlice<UInt8>, ArraySlice<UInt8>)] = []
        for merge in try elements() {
            if merge.isArray {
                let pair = try merge.elements()
                guard pair.count == 2 else { throw .invalid(field: path, reason: "has a merge that is not a pair") }
                merges.append((try pair[0].bytes(), try pair[1].bytes()))
            } else {
                merges.append(try Vocabulary.merge(try merge.bytes(), field: path))
            }
        }
        return merges
    }
}
