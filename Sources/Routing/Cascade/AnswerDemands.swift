/// What is asked of an answer's form, as far as a program can check it.
public struct AnswerDemands: Hashable, Sendable {
    /// Whether it is to be JSON and nothing else.
    public var isJSON = false
    /// What the JSON's object is to have, or each object of its list; words that a text is to have.
    public var keys: [String] = []
    /// At most this many words.
    public var wordsMax: Int?
    /// At most this many characters.
    public var charactersMax: Int?
    /// Whether it is to be a list with a bullet for each point.
    public var hasBullets = false

    /// No demands.
    public init() {}

    /// What a prompt asks for in so many words.
    ///
    /// These it knows: JSON, where a word before it asks for some (`in JSON`, `return a JSON object`); `keys: a, b` or `fields: a, b`; a limit such as `at most 50 words`,
    /// `max 200 characters`, `in 30 words or less`; the word bullet.
    ///
    /// - Complexity: O(n).
    public init(of prompt: String) {
        let words = Word.all(in: prompt)
        var lists = 0
        for (place, word) in words.enumerated() {
            switch word.text {
            case "json": isJSON = isJSON || words[max(0, place - 4)..<place].contains { Self.asking.contains($0.text) }
            case "bullet", "bullets", "bulleted": hasBullets = true
            case "keys", "fields":
                guard keys.isEmpty, lists < Self.listsMax else { continue }
                lists += 1
                keys = Self.names(after: word.end, in: prompt)
            case "words": wordsMax = wordsMax ?? Self.limit(before: place, in: words)
            case "characters", "chars": charactersMax = charactersMax ?? Self.limit(before: place, in: words)
            default: break
            }
        }
    }

    /// Words before “JSON” by which a prompt does not only speak of it.
    private static let asking: Set = [
        "return", "respond", "reply", "answer", "output", "produce", "give", "generate", "emit", "provide", "as", "in",
        "into", "to", "valid", "only",
    ]
    /// At most this many keys are read from a prompt, which are looked for in so many places and so many characters each.
    private static let keysMax = 64
    private static let listsMax = 16
    private static let listCharactersMax = 4096

    /// The number before `place`, if what stands around it makes it a limit.
    private static func limit(before place: Int, in words: [Word]) -> Int? {
        guard place > 0, let number = Int(words[place - 1].text), number > 0 else { return nil }
        let before = words[max(0, place - 4)..<place - 1].map(\.text)
        let after = words[(place + 1)...].prefix(3).map(\.text)
        let limits: Set = ["max", "maximum", "most", "than", "under", "below", "within", "to", "limit"]
        let isLimit = before.contains(where: limits.contains) || after.contains("max") || after.contains("maximum")
        // “30 words or less”, “or fewer”.
        return isLimit || after.first == "or" ? number : nil
    }

    /// The names after a colon, up to where the list ends.
    private static func names(after start: String.Index, in prompt: String) -> [String] {
        let rest = prompt[start...].prefix(listCharactersMax).drop { $0 == " " || $0 == "*" }
        guard rest.first == ":" else { return [] }
        let list = rest.dropFirst().prefix { !$0.isNewline && $0 != "." && $0 != ";" && $0 != ")" }
        var names: [String] = []
        for part in list.split(separator: ",").prefix(keysMax) {
            // “title, summary and date”, “and date”.
            for words in part.split(separator: " ").split(separator: "and") {
                guard let name = words.first?.drop(while: isQuote).prefix(while: { !isQuote($0) }), !name.isEmpty,
                    name.utf8.count <= 64, name.allSatisfy(isOfName), names.count < keysMax
                else { return names }
                names.append(String(name))
                // More words are no name: the sentence has gone on.
                if words.count > 1 { return names }
            }
        }
        return names
    }

    private static func isQuote(_ character: Character) -> Bool { "\"'`“”‘’*{}".contains(character) }

    private static func isOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "-"
    }
}

/// A word of a prompt in lower case, and where it ends.
private struct Word {
    let text: String
    let end: String.Index

    /// What stands between whatever is neither letter nor digit.
    static func all(in text: String) -> [Word] {
        text.split { !$0.isLetter && !$0.isNumber }.map { Word(text: $0.lowercased(), end: $0.endIndex) }
    }
}
