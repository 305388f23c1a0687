public import Domain

/// What one pass over a prompt counts: the lexical features of complexity and of capability.
///
/// All are counts, so text that is added after a space can only raise them, and with them ``complexity``.
public struct PromptFeatures: Hashable, Sendable {
    /// Runs of letters.
    public private(set) var words = 0
    /// Words of nine bytes or more.
    public private(set) var longWords = 0
    /// Words that ask for thought, such as "prove", "design", "why".
    public private(set) var demands = 0
    /// Words that limit the answer, such as "exactly", "without", "must".
    public private(set) var constraintWords = 0
    /// Fences of three backticks.
    public private(set) var codeFences = 0
    /// Characters that code has and prose has not: `{}[]();_\|#$@&`.
    public private(set) var symbols = 0
    /// Digits.
    public private(set) var digits = 0
    /// Characters of formulas: `+=<>^*/%`.
    public private(set) var operators = 0
    /// Question marks.
    public private(set) var questions = 0
    /// Lines that start like an item of a list: a dash, a star or a number.
    public private(set) var listItems = 0
    /// Characters beyond ASCII.
    public private(set) var nonASCII = 0
    private var votes = SIMD8<Int32>.zero

    /// The counts in the order in which ``init(counts:)`` takes them; what votes for capabilities is not among them.
    var counts: [Int] {
        [
            words, longWords, demands, constraintWords, codeFences, symbols, digits, operators, questions, listItems,
            nonASCII,
        ]
    }

    /// How many ``counts`` there are.
    static let countCount = 11

    /// Features that were counted before; without votes, the capability is what the counts alone say.
    ///
    /// - Precondition: There are ``countCount`` counts.
    init(counts: [Int]) {
        precondition(counts.count == Self.countCount, "a count of each kind")
        (words, longWords, demands, constraintWords) = (counts[0], counts[1], counts[2], counts[3])
        (codeFences, symbols, digits, operators) = (counts[4], counts[5], counts[6], counts[7])
        (questions, listItems, nonASCII) = (counts[8], counts[9], counts[10])
    }

    /// Counts the features of `text` in UTF-8, up to `bytesMax` bytes of it.
    ///
    /// - Complexity: O(bytes looked at), with nothing allocated.
    public init(of text: Span<UInt8>, bytesMax: Int = 16_384) {
        let vocabulary = Vocabulary.english
        var word = Word()
        var line = Line.start
        var ticks = 0
        for index in 0..<min(text.count, max(bytesMax, 0)) {
            let byte = text[index]
            ticks = byte == UInt8(ascii: "`") ? ticks + 1 : 0
            if ticks == 3 { codeFences += 1 }
            line.read(byte)
            if line == .item { listItems += 1 }
            if let letter = Self.letter(byte) {
                word.read(letter)
                if byte >= 0xc0 { nonASCII += 1 }
            } else {
                count(byte)
                end(&word, vocabulary)
            }
        }
        end(&word, vocabulary)
    }

    /// A letter in lower case, or a byte beyond ASCII as it is; `nil` for all else.
    @inline(__always)
    private static func letter(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 65...90: byte + 32
        case 97...122, 0x80...: byte
        default: nil
        }
    }

    @inline(__always)
    private mutating func count(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
        case UInt8(ascii: "?"): questions += 1
        case UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "^"),
            UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"):
            operators += 1
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: ";"), UInt8(ascii: "_"), UInt8(ascii: "\\"), UInt8(ascii: "|"),
            UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "@"), UInt8(ascii: "&"):
            symbols += 1
        default: break
        }
    }

    @inline(__always)
    private mutating func end(_ word: inout Word, _ vocabulary: Vocabulary) {
        guard word.length > 0 else { return }
        words += 1
        if word.length >= 9 { longWords += 1 }
        if let mark = vocabulary[word.hash] {
            if mark.isDemand { demands += 1 }
            if mark.isConstraint { constraintWords += 1 }
            // What a prompt is for mostly stands in its first words.
            votes &+= words <= 12 ? mark.votes &* 2 : mark.votes
        }
        word = Word()
    }
}

extension PromptFeatures {
    /// How hard the prompt looks, 0 to 1: Σ weight · √min(count / scale, 1), by this table.
    ///
    /// | part | weight | count | scale |
    /// |---|---|---|---|
    /// | thought | 0.30 | demands | 3 |
    /// | length | 0.20 | words | 150 |
    /// | code | 0.15 | symbols + 10 · code fences | 30 |
    /// | mathematics | 0.10 | digits + 2 · operators | 20 |
    /// | limits | 0.10 | constraint words | 3 |
    /// | parts | 0.08 | list items + questions | 4 |
    /// | vocabulary | 0.05 | long words | 8 |
    /// | script | 0.02 | characters beyond ASCII | 100 |
    ///
    /// The root makes the first sign of each kind tell most. A guess from the surface, not a measurement of difficulty:
    /// it stands in until a learned router takes over.
    public var complexity: Double {
        func part(_ weight: Double, _ count: Int, _ scale: Double) -> Double {
            weight * min(Double(count) / scale, 1).squareRoot()
        }
        let sum =
            part(0.30, demands, 3) + part(0.20, words, 150) + part(0.15, symbols + 10 * codeFences, 30)
            + part(0.10, digits + 2 * operators, 20) + part(0.10, constraintWords, 3)
            + part(0.08, listItems + questions, 4) + part(0.05, longWords, 8) + part(0.02, nonASCII, 100)
        return min(sum, 1)
    }

    /// What a model should be good at, for a request that does not say.
    ///
    /// Words vote for capabilities, twice within the first twelve words; code fences and brackets vote for code, formulas
    /// and a longer question with numbers for reasoning, and a short question for simple questions and answers, which is
    /// out of the running otherwise. The most votes win if there are at least four, ties in the order of
    /// `Capability.allCases`; without that the capability is `general`.
    public var capability: Capability {
        var votes = votes
        votes[Capability.codeGeneration.ordinal] += Int32(min(codeFences, 2)) * 6 + Int32(min(symbols / 10, 6))
        votes[Capability.complexReasoning.ordinal] += Int32(min(operators / 2, 4))
        if words > 20 && questions > 0 { votes[Capability.complexReasoning.ordinal] += Int32(min(digits, 4)) }
        if words > 20 || demands > 0 || questions > 1 {
            votes[Capability.simpleQA.ordinal] = 0
        } else if questions == 1 {
            votes[Capability.simpleQA.ordinal] += 4
        }
        var best = Capability.general
        var most: Int32 = 3
        for capability in Capability.allCases where votes[capability.ordinal] > most {
            best = capability
            most = votes[capability.ordinal]
        }
        return best
    }
}

/// The word that is being read.
private struct Word {
    var length = 0
    var hash = Vocabulary.emptyHash

    @inline(__always)
    mutating func read(_ letter: UInt8) {
        length += 1
        hash = Vocabulary.hash(hash, letter)
    }
}

/// How far the start of a line looks like an item of a list.
private enum Line {
    /// Nothing but blanks so far.
    case start
    /// Digits.
    case number
    /// A dash, a star, or a number with its point or bracket.
    case marker
    /// The blank after a marker: counted at this byte.
    case item
    /// Anything else, to the end of the line.
    case body

    @inline(__always)
    mutating func read(_ byte: UInt8) {
        switch (self, byte) {
        case (_, UInt8(ascii: "\n")): self = .start
        case (.start, UInt8(ascii: " ")), (.start, UInt8(ascii: "\t")): break
        case (.start, UInt8(ascii: "-")), (.start, UInt8(ascii: "*")): self = .marker
        case (.start, UInt8(ascii: "0")...UInt8(ascii: "9")): self = .number
        case (.number, UInt8(ascii: "0")...UInt8(ascii: "9")): break
        case (.number, UInt8(ascii: ".")), (.number, UInt8(ascii: ")")): self = .marker
        case (.marker, UInt8(ascii: " ")): self = .item
        default: self = .body
        }
    }
}
