/// What cuts a normalized text into words: the component `pre_tokenizer` of tokenizer.json.
enum PreTokenizer: Sendable {
    /// Words and marks of punctuation, without the blanks between.
    case bert
    /// What matches `\w+|[^\w\s]+`.
    case whitespace
    /// What stands between blanks.
    case whitespaceSplit
    /// Marks of punctuation, and what is between.
    case punctuation(SplitBehavior)
    /// Digits, one by one or together, and what is between.
    case digits(individual: Bool)
    /// A separator, and what is between.
    case separator([UInt8], SplitBehavior, inverted: Bool)
    /// What a pattern that matches everything cuts a text into.
    case pattern(WordPattern)
    /// The words of byte-level models: with a blank before the first, if asked for, and by `pattern`, if there is one.
    case byteLevel(addsPrefixSpace: Bool, pattern: WordPattern?)

    /// Leaves words as they are.
    static let whole = Self.byteLevel(addsPrefixSpace: false, pattern: nil)

    /// Cuts each of `words`, parts of `text`, into smaller ones.
    func split(_ words: inout [Range<Int>], of text: inout [UInt8]) {
        prepare(&words, of: &text)
        var pieces: [Range<Int>] = []
        forEachWord(of: words, in: text.span) { pieces.append($0) }
        words = pieces
    }

    /// Writes behind `text` what its words aren't parts of: to be done before they are cut.
    func prepare(_ words: inout [Range<Int>], of text: inout [UInt8]) {
        guard case .byteLevel(addsPrefixSpace: true, _) = self else { return }
        Self.prefix(&words, of: &text)
    }

    /// Passes what `words`, prepared parts of `text`, are cut into to `body`: a list of a long text's words would take
    /// four times its memory.
    @inline(__always)
    func forEachWord(of words: [Range<Int>], in text: Span<UInt8>, _ body: (Range<Int>) -> Void) {
        let classes = CharacterClasses.standard
        for word in words { split(word, of: text, by: classes, body) }
    }

    @inline(__always)
    private func split(
        _ word: Range<Int>,
        of text: Span<UInt8>,
        by classes: CharacterClasses,
        _ body: (Range<Int>) -> Void
    ) {
        switch self {
        case .bert:
            text.forEachWord(of: word, by: classes, blank: .whitespace, single: .punctuation, body)
        case .whitespaceSplit:
            text.forEachWord(of: word, by: classes, blank: .whitespace, single: [], body)
        case .whitespace:
            text.forEachRun(of: word, by: classes, body)
        case .punctuation(let behavior):
            behavior.forEachWord(of: text.characters(of: word, by: classes, in: .punctuation), body)
        case .digits(let individual):
            let behavior = individual ? SplitBehavior.isolated : .contiguous
            behavior.forEachWord(of: text.characters(of: word, by: classes, in: .digit), body)
        case .separator(let separator, let behavior, let isInverted):
            behavior.forEachWord(of: text.matches(of: separator, in: word, inverted: isInverted), body)
        case .pattern(let pattern), .byteLevel(_, let pattern?):
            var start = word.lowerBound
            while start < word.upperBound {
                let end = pattern.end(of: start..<word.upperBound, in: text, by: classes)
                body(start..<end)
                start = end
            }
        case .byteLevel(_, nil):
            body(word)
        }
    }

    /// Writes the words that don't begin with a blank, with one before them, behind `text`.
    private static func prefix(_ words: inout [Range<Int>], of text: inout [UInt8]) {
        for (index, word) in words.enumerated() where text[word.lowerBound] != 0x20 {
            let start = text.count
            text.append(0x20)
            // Byte by byte: a slice would share the memory, and appending to what is shared copies all of it.
            for index in word { text.append(text[index]) }
            words[index] = start..<text.count
        }
    }
}

extension Span<UInt8> {
    /// Passes on what stands between characters of the class `blank`; characters of the class `single` stand alone.
    @inline(__always)
    fileprivate func forEachWord(
        of part: Range<Int>,
        by classes: CharacterClasses,
        blank: CharacterClass,
        single: CharacterClass,
        _ body: (Range<Int>) -> Void
    ) {
        var start = part.lowerBound
        var index = start
        while index < part.upperBound {
            let (kind, length) = classes.character(at: index, of: self)
            if !kind.isDisjoint(with: blank.union(single)) {
                if start < index { body(start..<index) }
                start = index &+ length
                if !kind.isDisjoint(with: single) { body(index..<start) }
            }
            index &+= length
        }
        if start < index { body(start..<index) }
    }

    /// Passes on the runs of `\w`, and those of what is neither that nor `\s`.
    fileprivate func forEachRun(of part: Range<Int>, by classes: CharacterClasses, _ body: (Range<Int>) -> Void) {
        var start = part.lowerBound
        var index = start
        var last: CharacterClass = .wordSpace
        while index < part.upperBound {
            let (kind, length) = classes.character(at: index, of: self)
            let run: CharacterClass = kind.contains(.word) ? .word : kind.intersection(.wordSpace)
            if run != last {
                if last != .wordSpace, start < index { body(start..<index) }
                (start, last) = (index, run)
            }
            index &+= length
        }
        if last != .wordSpace, start < index { body(start..<index) }
    }
}
