extension Tokenizer {
    /// Reads a `tokenizer.json`, as Hugging Face's libraries write it.
    ///
    /// Its settings for truncation and padding are left to the caller of ``encode(_:truncation:)``, and its decoder isn't
    /// needed. Anything else that would change the tokens and isn't supported is refused.
    ///
    /// - Parameter text: The file's text: UTF-8, less than 4 GiB.
    /// - Throws: The first thing that is wrong or isn't supported, with the name of its field.
    /// - Complexity: O(n), a tenth of a second for 50,000 tokens.
    public init(json text: [UInt8]) throws(TokenizerError) {
        let file = try Component(file: "tokenizer.json", text: text)
        let model = try file.needed("model").tokenModel()
        let preTokenizers = try file.member("pre_tokenizer")?.preTokenizers() ?? []
        try model.check(preTokenizers)
        try self.init(
            TokenizerParts(
                normalizer: try file.member("normalizer")?.normalizer(),
                preTokenizers: preTokenizers,
                model: model.model,
                template: try file.member("post_processor")?.template() ?? Template(),
                addedTokens: try file.member("added_tokens")?.addedTokens(in: model.vocabulary) ?? [],
                vocabulary: model.vocabulary,
                idMax: model.idMax,
                paddingID: try file.member("padding")?.member("pad_id")?.id()
            )
        )
    }
}

extension Component {
    /// The component's `type`.
    fileprivate func type() throws(TokenizerError) -> String { try needed("type").string() }

    fileprivate func unsupported(_ kind: String) -> TokenizerError { .unsupported(component: path, kind: kind) }

    private func flag(_ key: StaticString, default value: Bool) throws(TokenizerError) -> Bool {
        try member(key)?.bool() ?? value
    }

    fileprivate func normalizer() throws(TokenizerError) -> Normalizer {
        switch try type() {
        case "BertNormalizer":
            let lowercases = try flag("lowercase", default: true)
            let normalizer = BertNormalizer(
                cleansText: try flag("clean_text", default: true),
                separatesIdeographs: try flag("handle_chinese_chars", default: true),
                stripsAccents: try flag("strip_accents", default: lowercases),
                lowercases: lowercases
            )
            return .bert(normalizer)
        case "Lowercase": return .lowercase
        case "NFC": return .form(.nfc)
        case "NFD": return .form(.nfd)
        case "NFKC": return .form(.nfkc)
        case "NFKD": return .form(.nfkd)
        case "StripAccents": return .stripAccents
        case "Replace":
            let pattern = try needed("pattern")
            guard let text = try pattern.member("String")?.bytes(), !text.isEmpty else {
                throw unsupported("Replace with a pattern that is not a string")
            }
            return .replace(pattern: Array(text), content: Array(try needed("content").bytes()))
        case "Prepend": return .prepend(Array(try needed("prepend").bytes()))
        case "Sequence":
            var normalizers: [Normalizer] = []
            for element in try needed("normalizers").elements() { normalizers.append(try element.normalizer()) }
            return .sequence(normalizers)
        case let other: throw unsupported(other)
        }
    }

    /// The pre-tokenizers in their order, sequences laid flat.
    fileprivate func preTokenizers() throws(TokenizerError) -> [PreTokenizer] {
        switch try type() {
        case "BertPreTokenizer": return [.bert]
        case "Whitespace": return [.whitespace]
        case "WhitespaceSplit": return [.whitespaceSplit]
        case "Punctuation": return [.punctuation(try member("behavior")?.splitBehavior() ?? .isolated)]
        case "Digits": return [.digits(individual: try flag("individual_digits", default: false))]
        case "Split": return [try split()]
        case "ByteLevel":
            let addsPrefixSpace = try flag("add_prefix_space", default: true)
            let pattern: WordPattern? = try flag("use_regex", default: true) ? .gpt2 : nil
            return [.byteLevel(addsPrefixSpace: addsPrefixSpace, pattern: pattern)]
        case "Sequence":
            var preTokenizers: [PreTokenizer] = []
            for element in try needed("pretokenizers").elements() { preTokenizers += try element.preTokenizers() }
            return preTokenizers
        case let other: throw unsupported(other)
        }
    }

    private func split() throws(TokenizerError) -> PreTokenizer {
        let behavior = try needed("behavior").splitBehavior()
        let isInverted = try flag("invert", default: false)
        let pattern = try needed("pattern")
        if let separator = try pattern.member("String")?.bytes(), !separator.isEmpty {
            return .separator(Array(separator), behavior, inverted: isInverted)
        }
        // These patterns match everything, so that what they leave between matches is nothing.
        let keepsMatches = behavior == .isolated || behavior == .removed && isInverted
        let text = try pattern.member("Regex")?.string() ?? ""
        guard keepsMatches, let pattern = WordPattern(text) else { throw unsupported("Split at “\(text)”") }
        return .pattern(pattern)
    }

    private func splitBehavior() throws(TokenizerError) -> SplitBehavior {
        let name = try string()
        guard let behavior = SplitBehavior(rawValue: name) else { throw unsupported(name) }
        return behavior
    }

    fileprivate func addedTokens(in vocabulary: Trie) throws(TokenizerError) -> [AddedToken] {
        var tokens: [AddedToken] = []
        for token in try elements() {
            let content = try token.needed("content").bytes()
            let isSpecial = try token.flag("special", default: false)
            let id = try token.needed("id").id()
            tokens.append(
                AddedToken(
                    content: Array(content),
                    // The model's own number counts where it has the token, as in Hugging Face's.
                    id: vocabulary.number(of: content) ?? id,
                    isSingleWord: try token.flag("single_word", default: false),
                    stripsLeft: try token.flag("lstrip", default: false),
                    stripsRight: try token.flag("rstrip", default: false),
                    isNormalized: try token.flag("normalized", default: !isSpecial),
                    isSpecial: isSpecial
                )
            )
        }
        return tokens
    }
}

extension Component {
    fileprivate func template() throws(TokenizerError) -> Template {
        switch try type() {
        case "TemplateProcessing": return try templateOfPieces()
        case "BertProcessing", "RobertaProcessing":
            return Template(prefix: [try framingToken("cls")], suffix: [try framingToken("sep")])
        // It corrects offsets, which nobody asks for here.
        case "ByteLevel": return Template()
        case "Sequence":
            var template = Template()
            for element in try needed("processors").elements() {
                let next = try element.template()
                guard template == Template() || next == Template() else {
                    throw unsupported("Sequence with two components that add tokens")
                }
                if next != Template() { template = next }
            }
            return template
        case let other: throw unsupported(other)
        }
    }

    /// Reads a token and its id, such as `["[CLS]", 101]`.
    private func framingToken(_ key: StaticString) throws(TokenizerError) -> Template.Token {
        let token = try needed(key)
        let elements = try token.elements()
        guard elements.count == 2 else { throw .invalid(field: token.path, reason: "is not a token and its id") }
        return Template.Token(id: try elements[1].id(), typeID: 0)
    }

    private func templateOfPieces() throws(TokenizerError) -> Template {
        let single = try needed("single")
        var template = Template()
        var hasText = false
        for piece in try single.elements() {
            if let text = try piece.member("Sequence") {
                guard !hasText, try text.needed("id").string() == "A" else {
                    throw .invalid(field: single.path, reason: "has another text than A")
                }
                hasText = true
                template.textTypeID = try text.needed("type_id").id()
            } else {
                let tokens = try specialTokens(piece.needed("SpecialToken"))
                if hasText { template.suffix += tokens } else { template.prefix += tokens }
            }
        }
        guard hasText else { throw .invalid(field: single.path, reason: "has no place for the text") }
        return template
    }

    private func specialTokens(_ piece: Component) throws(TokenizerError) -> [Template.Token] {
        let name = try piece.needed("id").bytes()
        let typeID = try piece.needed("type_id").id()
        guard let token = try needed("special_tokens").members().first(where: { $0.key == name }) else {
            throw .unknownToken(String(decoding: name, as: UTF8.self), field: piece.path)
        }
        var tokens: [Template.Token] = []
        for id in try token.value.needed("ids").elements() { tokens.append(.init(id: try id.id(), typeID: typeID)) }
        return tokens
    }
}
