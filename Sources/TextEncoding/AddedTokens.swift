/// A token that is found in the text itself, before it is cut into words: `added_tokens` in tokenizer.json.
struct AddedToken: Hashable, Sendable {
    /// Its text.
    var content: [UInt8]
    let id: Int32
    /// Whether it counts only where no letters or digits touch it.
    var isSingleWord = false
    /// Whether it takes the blanks before it.
    var stripsLeft = false
    /// Whether it takes the blanks behind it.
    var stripsRight = false
    /// Whether it is looked for in the normalized text, in its own normalized form.
    var isNormalized = false
    /// Whether it marks something, such as a text's end, rather than being text.
    var isSpecial = false
}

/// Finds added tokens: at each place the longest, from the left.
struct AddedTokens: Sendable {
    /// A part of a text: a token, or text between tokens.
    enum Part: Equatable {
        case token(Int32)
        case text(Range<Int>)
    }

    private let tokens: [AddedToken]
    /// The tokens' texts, with their places in `tokens`.
    private let contents: Trie
    /// For each byte, whether a token begins with it.
    private var isFirst = [Bool](repeating: false, count: 256)
    private let classes = CharacterClasses.standard

    /// Of tokens with the same content, the first counts; those without content are left out.
    init(_ tokens: [AddedToken]) throws(TokenizerError) {
        self.tokens = tokens.filter { !$0.content.isEmpty }
        let places = self.tokens.enumerated().map { (text: $1.content, number: Int32($0)) }
        guard let contents = Trie(places.reversed()) else {
            throw .invalid(field: "added_tokens", reason: "is too large")
        }
        self.contents = contents
        for token in self.tokens { isFirst[Int(token.content[0])] = true }
    }

    /// The id of the token with this content.
    func id(of content: String) -> Int32? { contents.number(of: content.utf8).map { tokens[Int($0)].id } }

    /// Passes `text`, valid UTF-8, to `body` part by part.
    func forEachPart(of text: Span<UInt8>, _ body: (Part) -> Void) {
        /// Up to where the text has been passed on.
        var done = 0
        var index = tokens.isEmpty ? text.count : 0
        while index < text.count {
            guard isFirst[Int(text[index])], let (token, end) = longestToken(at: index, in: text) else {
                index &+= 1
                continue
            }
            let match = index..<end
            index = end
            if token.isSingleWord, touchesWord(match, in: text) { continue }
            let start =
                token.stripsLeft
                ? max(done, startOfBlanks(before: match.lowerBound, in: text, from: done)) : match.lowerBound
            if done < start { body(.text(done..<start)) }
            body(.token(token.id))
            done = token.stripsRight ? endOfBlanks(behind: match.upperBound, in: text) : match.upperBound
        }
        if done < text.count { body(.text(done..<text.count)) }
    }

    private func longestToken(at start: Int, in text: Span<UInt8>) -> (token: AddedToken, end: Int)? {
        var node = contents.root
        var longest: (place: Int32, end: Int)?
        var index = start
        while index < text.count, let step = contents.step(from: node, text[index]) {
            node = step.node
            index &+= 1
            if let place = step.number { longest = (place, index) }
        }
        return longest.map { (tokens[Int($0.place)], $0.end) }
    }

    private func touchesWord(_ match: Range<Int>, in text: Span<UInt8>) -> Bool {
        let (start, end) = (match.lowerBound, match.upperBound)
        if start > 0, classes[text.scalar(before: start).value].contains(.word) { return true }
        return end < text.count && classes[text.scalar(at: end).value].contains(.word)
    }

    private func startOfBlanks(before end: Int, in text: Span<UInt8>, from lowest: Int) -> Int {
        var start = end
        while start > lowest {
            let (scalar, length) = text.scalar(before: start)
            guard classes[scalar].contains(.wordSpace) else { break }
            start -= length
        }
        return start
    }

    private func endOfBlanks(behind start: Int, in text: Span<UInt8>) -> Int {
        var end = start
        while end < text.count {
            let (scalar, length) = text.scalar(at: end)
            guard classes[scalar].contains(.wordSpace) else { break }
            end += length
        }
        return end
    }
}
