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

    /// Cuts each of `words`, parts of `text`, into smaller ones; appends to `text` where words are not parts of it.
    func split(_ words: inout [Range<Int>], of text: inout [UInt8]) {
        if case .byteLevel(let addsPrefixSpace, let pattern) = self {
            if addsPrefixSpace { Self.prefix(&words, of: &text) }
            guard pattern != nil else { return }
        }
        var pieces: [Range<Int>] = []
        // English has four to five letters a word.
        pieces.reserveCapacity(text.count / 4)
        let span = text.span
        let classes = CharacterClasses.standard
        for word in words { split(word, of: span, by: classes, into: &pieces) }
        words = pieces
    }

    private func split(
        _ word: Range<Int>,
        of text: Span<UInt8>,
        by classes: CharacterClasses,
        into pieces: inout [Range<Int>]
    ) {
        switch self {
        case .bert:
            text.appendWords(of: word, by: classes, blank: .whitespace, single: .punctuation, to: &pieces)
        case .whitespaceSplit:
            text.appendWords(of: word, by: classes, blank: .whitespace, single: [], to: &pieces)
        case .whitespace:
            text.appendRuns(of: word, by: classes, to: &pieces)
        case .punctuation(let behavior):
            behavior.append(text.characters(of: word, by: classes, in: .punctuation), to: &pieces)
        case .digits(let individual):
            let behavior = individual ? SplitBehavior.isolated : .contiguous
            behavior.append(text.characters(of: word, by: classes, in: .digit), to: &pieces)
        case .separator(let separator, let behavior, let isInverted):
            behavior.append(text.matches(of: separator, in: word, inverted: isInverted), to: &pieces)
        case .pattern(let pattern), .byteLevel(_, let pattern?):
            var start = word.lowerBound
            while start < word.upperBound {
                let end = pattern.end(of: start..<word.upperBound, in: text, by: classes)
                pieces.append(start..<end)
                start = end
            }
        case .byteLevel(_, nil):
            pieces.append(word)
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
    /// Appends what stands between characters of the class `blank`; characters of the class `single` stand alone.
    @inline(__always)
    fileprivate func appendWords(
        of part: Range<Int>,
        by classes: CharacterClasses,
        blank: CharacterClass,
        single: CharacterClass,
        to words: inout [Range<Int>]
    ) {
        var start = part.lowerBound
        var index = start
        while index < part.upperBound {
            let (kind, length) = classes.character(at: index, of: self)
            if !kind.isDisjoint(with: blank.union(single)) {
                if start < index { words.append(start..<index) }
                start = index &+ length
                if !kind.isDisjoint(with: single) { words.append(index..<start) }
            }
            index &+= length
        }
        if start < index { words.append(start..<index) }
    }

    /// Appends the runs of `\w`, and those of what is neither that nor `\s`.
    fileprivate func appendRuns(of part: Range<Int>, by classes: CharacterClasses, to words: inout [Range<Int>]) {
        var start = part.lowerBound
        var index = start
        var last: CharacterClass = .wordSpace
        while index < part.upperBound {
            let (kind, length) = classes.character(at: index, of: self)
            let run: CharacterClass = kind.contains(.word) ? .word : kind.intersection(.wordSpace)
            if run != last {
                if last != .wordSpace, start < index { words.append(start..<index) }
                (start, last) = (index, run)
            }
            index &+= length
        }
        if last != .wordSpace, start < index { words.append(start..<index) }
    }
}
