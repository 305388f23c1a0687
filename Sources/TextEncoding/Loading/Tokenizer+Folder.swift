extension Tokenizer {
    /// Reads the tokenizer of a model's folder: `tokenizer.json`, else `vocab.txt` (BERT), else `vocab.json` and
    /// `merges.txt` (RoBERTa, GPT-2), with `tokenizer_config.json` for what these two don't say.
    ///
    /// - Parameter read: The bytes of the folder's file of a name; `nil` if there is none. What it throws is thrown on.
    /// - Throws: ``TokenizerError``, and what `read` throws.
    public init(folder read: (_ name: String) throws -> [UInt8]?) throws {
        if let text = try read("tokenizer.json") {
            try self.init(json: text)
            return
        }
        let file = "tokenizer_config.json"
        let settings = try read(file).map { try PlainSettings(Component(file: file, text: $0)) } ?? PlainSettings()
        if let lines = try read("vocab.txt") {
            try self.init(bert: try Vocabulary(lines: lines, file: "vocab.txt"), settings)
        } else if let vocabulary = try read("vocab.json"), let merges = try read("merges.txt") {
            let vocabulary = try Vocabulary(Component(file: "vocab.json", text: vocabulary))
            try self.init(bytePairs: vocabulary, merges: merges, settings)
        } else {
            throw TokenizerError.noVocabulary
        }
    }

    private init(bert vocabulary: Vocabulary, _ settings: PlainSettings) throws(TokenizerError) {
        let model = try vocabulary.wordPiece(unknown: "[UNK]", continuationPrefix: "##", wordCharactersMax: 100)
        let normalizer = BertNormalizer(
            cleansText: true,
            separatesIdeographs: settings.separatesIdeographs,
            stripsAccents: settings.stripsAccents ?? settings.lowercases,
            lowercases: settings.lowercases
        )
        try self.init(
            TokenizerParts(
                normalizer: .bert(normalizer),
                preTokenizers: [.bert],
                model: model.model,
                template: try Template(vocabulary, first: "[CLS]", last: "[SEP]"),
                addedTokens: try vocabulary.special(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]),
                vocabulary: model.vocabulary,
                idMax: model.idMax
            )
        )
    }

    private init(bytePairs vocabulary: Vocabulary, merges: [UInt8], _ settings: PlainSettings) throws(TokenizerError) {
        let isRoberta = vocabulary.has("<s>") && vocabulary.has("</s>")
        let model = try vocabulary.bytePairs(
            merges: try Vocabulary.merges(lines: merges, file: "merges.txt"),
            unknown: nil,
            fusesUnknown: false,
            ignoresMerges: false
        )
        try self.init(
            TokenizerParts(
                preTokenizers: [.byteLevel(addsPrefixSpace: settings.addsPrefixSpace, pattern: .gpt2)],
                model: model.model,
                template: isRoberta ? try Template(vocabulary, first: "<s>", last: "</s>") : Template(),
                addedTokens: try vocabulary.special(
                    isRoberta ? ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] : ["<|endoftext|>"]
                ),
                vocabulary: model.vocabulary,
                idMax: model.idMax
            )
        )
    }
}

/// What `tokenizer_config.json` says of a tokenizer that has no `tokenizer.json`.
private struct PlainSettings {
    var lowercases = true
    var separatesIdeographs = true
    var stripsAccents: Bool?
    var addsPrefixSpace = false

    init() {}

    init(_ file: Component) throws(TokenizerError) {
        if let flag = try file.member("do_lower_case") { lowercases = try flag.bool() }
        if let flag = try file.member("tokenize_chinese_chars") { separatesIdeographs = try flag.bool() }
        stripsAccents = try file.member("strip_accents")?.bool()
        if let flag = try file.member("add_prefix_space") { addsPrefixSpace = try flag.bool() }
    }
}

extension Template {
    fileprivate init(_ vocabulary: Vocabulary, first: String, last: String) throws(TokenizerError) {
        prefix = [Token(id: try vocabulary.id(of: first), typeID: 0)]
        suffix = [Token(id: try vocabulary.id(of: last), typeID: 0)]
    }
}

extension Vocabulary {
    /// Those of `names` that there are; a mask takes the blank before it, as RoBERTa's does.
    fileprivate func special(_ names: [String]) throws(TokenizerError) -> [AddedToken] {
        var tokens: [AddedToken] = []
        for name in names where has(name) {
            let id = try id(of: name)
            tokens.append(AddedToken(content: Array(name.utf8), id: id, stripsLeft: name == "<mask>", isSpecial: true))
        }
        return tokens
    }

    /// Reads lines of two tokens each, below a line that names the format's version.
    fileprivate static func merges(
        lines text: [UInt8],
        file: String
    ) throws(TokenizerError) -> [(ArraySlice<UInt8>, ArraySlice<UInt8>)] {
        var merges: [(ArraySlice<UInt8>, ArraySlice<UInt8>)] = []
        for line in text.split(separator: UInt8(ascii: "\n")) where !line.starts(with: "#version".utf8) {
            let line = line.last == 0x0D ? line.dropLast() : line
            if !line.isEmpty { merges.append(try merge(line, field: file)) }
        }
        return merges
    }
}
