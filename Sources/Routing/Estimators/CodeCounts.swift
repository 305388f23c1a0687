/// Counts the tokens of code, byte by byte, with nothing looked at twice.
struct CodeCounts {
    private(set) var words = CodeWord.Counts()
    private(set) var names: Set<UInt64> = []
    private(set) var nameCount = 0
    private(set) var methods = 0
    private(set) var chains = 0
    private(set) var slices = 0
    private(set) var logic = 0
    private(set) var comparisons = 0
    private(set) var assignments = 0
    private(set) var updates = 0
    private(set) var arithmetic = 0
    private(set) var strings = 0
    private(set) var stringBytes = 0
    private(set) var longestString = 0
    private(set) var codeLines = 0
    private(set) var longestLine = 0
    private(set) var brackets = CodeBrackets()
    private(set) var blocks = CodeBlocks()

    private var bytes = 0
    private var previous = UInt8(ascii: "\n")
    private var lineStart = 0
    private var isLineCode = false
    private var word: Word?
    private var sign = Sign()
    private var string: OpenString?
    /// The last word names what is defined: it isn't called.
    private var isDefining = false
    /// What the last word was, if a keyword.
    private var keyword: CodeWord?

    private struct Word {
        var hash = CodeWord.emptyHash
        /// It starts with a digit.
        let isNumber: Bool
        /// A point stands before it.
        let isMember: Bool
        /// Nothing but blanks stands before it on its line.
        let isFirst: Bool

        mutating func read(_ byte: UInt8) { hash = CodeWord.hash(hash, byte) }
    }

    /// A run of operators' bytes.
    private struct Sign {
        var length = 0
        var first: UInt8 = 0
        var last: UInt8 = 0
    }

    private struct OpenString {
        let quote: UInt8
        var length = 0
        var isEscaped = false
    }

    mutating func read(_ byte: UInt8) {
        if !continuesString(byte) { readToken(byte) }
        previous = byte
        bytes += 1
    }

    /// The end of the text, which ends all that is open.
    mutating func end() { read(UInt8(ascii: "\n")) }

    /// Whether `byte` belongs to a string.
    ///
    /// A line's end leaves what was none, such as an apostrophe before a word.
    private mutating func continuesString(_ byte: UInt8) -> Bool {
        guard var open = string else { return false }
        guard byte != UInt8(ascii: "\n") else {
            string = nil
            return false
        }
        if byte == open.quote && !open.isEscaped {
            strings += 1
            stringBytes += open.length
            longestString = max(longestString, open.length)
            string = nil
            return true
        }
        open.isEscaped = byte == UInt8(ascii: "\\") && !open.isEscaped
        open.length += 1
        string = open
        return true
    }

    private mutating func readToken(_ byte: UInt8) {
        if Self.isOfWord(byte) {
            endSign()
            extendWord(byte)
            return
        }
        endWord(before: byte)
        if Self.isOperator(byte) {
            if sign.length == 0 { sign.first = byte }
            sign.length += 1
            sign.last = byte
            blocks.readOther()
            return
        }
        endSign()
        switch byte {
        case UInt8(ascii: "\n"): endLine()
        case UInt8(ascii: " "), UInt8(ascii: "\t"): blocks.readBlank()
        default:
            blocks.readOther()
            count(byte)
        }
    }

    private mutating func count(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            if !Self.isOfWord(previous) { string = OpenString(quote: byte) }
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
            let kind = CodeBrackets.Kind(byte, isAfterValue: isAfterValue(byte))
            if kind == .call || kind == .map { isLineCode = true }
            brackets.open(kind, at: bytes, stringBytes: stringBytes)
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
            if byte == UInt8(ascii: "}") { isLineCode = true }
            brackets.close(at: bytes, stringBytes: stringBytes)
        case UInt8(ascii: ","): brackets.separate()
        case UInt8(ascii: ":"): if brackets.isIndex { slices += 1 }
        case UInt8(ascii: ";"): isLineCode = true
        case UInt8(ascii: "."): if Self.isClosing(previous) { chains += 1 }
        default: break
        }
    }

    /// Whether a bracket opens right after what can be called, or has elements.
    private func isAfterValue(_ bracket: UInt8) -> Bool {
        switch previous {
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "\""), UInt8(ascii: "'"):
            bracket == UInt8(ascii: "[")
        default: Self.isOfWord(previous) && keyword == nil && !isDefining
        }
    }

    // MARK: Words

    private mutating func extendWord(_ byte: UInt8) {
        if word == nil {
            let isNumber = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            word = Word(isNumber: isNumber, isMember: previous == UInt8(ascii: "."), isFirst: blocks.isAtStart)
            blocks.readOther()
        }
        word?.read(byte)
    }

    private mutating func endWord(before byte: UInt8) {
        guard let ended = word else { return }
        word = nil
        let wasDefinition = keyword == .definition
        keyword = ended.isNumber ? nil : CodeWord.byHash[ended.hash]
        isDefining = wasDefinition && keyword == nil
        if let keyword {
            words[keyword] += 1
            if keyword == .loop && ended.isFirst { blocks.openLoop() }
        } else if !ended.isNumber {
            names.insert(ended.hash)
            nameCount += 1
            if ended.isMember && byte == UInt8(ascii: "(") { methods += 1 }
        }
    }

    // MARK: Operators

    private mutating func endSign() {
        guard sign.length > 0 else { return }
        defer { sign = Sign() }
        let isEqual = sign.last == UInt8(ascii: "=")
        switch (sign.first, sign.length) {
        case (UInt8(ascii: "="), 1): assignments += 1
        case (UInt8(ascii: "<"), 1), (UInt8(ascii: ">"), 1): comparisons += 1
        case (UInt8(ascii: "!"), 1), (UInt8(ascii: "&"), 2), (UInt8(ascii: "|"), 2): logic += 1
        // Arrows.
        case (_, 2...) where sign.last == UInt8(ascii: ">") && sign.first != UInt8(ascii: ">"): return
        case (UInt8(ascii: "="), _), (UInt8(ascii: "!"), _), (UInt8(ascii: "<"), _), (UInt8(ascii: ">"), _):
            if isEqual { comparisons += 1 } else { arithmetic += 1 }
        default: if isEqual { updates += 1 } else { arithmetic += 1 }
        }
        if sign.first != UInt8(ascii: "-") || sign.length > 1 { isLineCode = true }
    }

    // MARK: Lines

    private mutating func endLine() {
        longestLine = max(longestLine, bytes - lineStart)
        lineStart = bytes + 1
        if isLineCode { codeLines += 1 }
        isLineCode = false
        blocks.endLine()
    }

    @inline(__always)
    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "_"), 0x80...: true
        default: false
        }
    }

    private static func isClosing(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): true
        default: false
        }
    }

    @inline(__always)
    private static func isOperator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "!"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "|"), UInt8(ascii: "^"):
            true
        default: false
        }
    }
}
