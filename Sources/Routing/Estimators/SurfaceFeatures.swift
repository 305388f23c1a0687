/// What a text looks like: counts of a whole prompt and of its end, damped by roots so that a few tell most.
///
/// The end stands apart because prompts often share a long preamble, and what differs comes last.
public struct SurfaceFeatures: Hashable, Sendable {
    /// How many values there are.
    public static let count = 2 * partCount

    /// The values of the last 600 bytes, then those of all the text.
    public let values: [Float]

    /// Values that were found before.
    ///
    /// - Precondition: There are ``count`` of them.
    init(values: [Float]) {
        precondition(values.count == Self.count, "a value of each kind")
        self.values = values
    }

    private static let partCount = 21
    private static let tailBytes = 600

    /// The features of `text` in UTF-8, up to `bytesMax` bytes of it from either end.
    ///
    /// - Complexity: O(bytes looked at).
    public init(of text: Span<UInt8>, bytesMax: Int = 16_384) {
        let end = text.count
        let whole = Counts(of: text, in: max(0, end - max(bytesMax, 0))..<end)
        let tail = Counts(of: text, in: max(0, end - min(Self.tailBytes, max(bytesMax, 0)))..<end)
        values = tail.values + whole.values
    }

    /// What is counted in one part.
    private struct Counts {
        private var bytes = 0
        private var words = 0
        private var letters = 0
        private var longWords = 0
        private var digits = 0
        private var numbers = 0
        private var operators = 0
        private var symbols = 0
        private var newlines = 0
        private var quotes = 0
        private var points = 0
        private var commas = 0
        private var questions = 0
        private var capitals = 0
        private var nonASCII = 0
        private var options = 0
        private var escapes = 0
        private var blanksToFill = 0
        private var indents = Indents()

        init(of text: Span<UInt8>, in range: Range<Int>) {
            bytes = range.count
            var wordLength = 0
            var previous = UInt8(ascii: "\n")
            var option = OptionMark.start
            for index in range {
                let byte = text[index]
                option.read(byte)
                if option == .found { options += 1 }
                indents.read(byte)
                if Self.isLetter(byte) {
                    wordLength += 1
                } else {
                    end(&wordLength)
                    count(byte, after: previous)
                }
                if (65...90).contains(byte) { capitals += 1 }
                if byte >= 0xC0 { nonASCII += 1 }
                previous = byte
            }
            end(&wordLength)
        }

        var values: [Float] {
            func root(_ count: Int) -> Float { Float(count).squareRoot() }
            return [
                root(bytes), root(words), root(letters), root(longWords), root(digits), root(numbers), root(operators),
                root(symbols), root(newlines), root(quotes), root(points), root(commas), root(questions),
                root(capitals), root(nonASCII), root(options), root(escapes), root(blanksToFill),
                root(indents.deepest), indents.mean.squareRoot(),
                (Float(letters) / Float(max(words, 1))).squareRoot(),
            ]
        }

        private static func isLetter(_ byte: UInt8) -> Bool {
            (65...90).contains(byte) || (97...122).contains(byte) || byte >= 0x80
        }

        private mutating func end(_ wordLength: inout Int) {
            guard wordLength > 0 else { return }
            words += 1
            letters += wordLength
            if wordLength >= 9 { longWords += 1 }
            wordLength = 0
        }

        private mutating func count(_ byte: UInt8, after previous: UInt8) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                if !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(previous) { numbers += 1 }
            case UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "^"),
                UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"):
                operators += 1
            case UInt8(ascii: "\n"): newlines += 1
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): quotes += 1
            case UInt8(ascii: "."): points += 1
            case UInt8(ascii: ","): commas += 1
            case UInt8(ascii: "?"): questions += 1
            case UInt8(ascii: "\\"), UInt8(ascii: "$"):
                escapes += 1
                symbols += 1
            case UInt8(ascii: "_"):
                symbols += 1
                if previous == byte { blanksToFill += 1 }
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "("),
                UInt8(ascii: ")"), UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "#"), UInt8(ascii: "@"),
                UInt8(ascii: "&"):
                symbols += 1
            default: break
            }
        }
    }

    /// How far lines are indented: code nests, prose does not.
    private struct Indents {
        private(set) var deepest = 0
        private var sum = 0
        private var lines = 0
        private var current: Int? = 0

        var mean: Float { Float(sum) / Float(max(lines, 1)) }

        mutating func read(_ byte: UInt8) {
            switch byte {
            case UInt8(ascii: "\n"): current = 0
            case UInt8(ascii: " "), UInt8(ascii: "\t"): current = current.map { $0 + 1 }
            default:
                guard let indent = current else { return }
                deepest = max(deepest, indent)
                sum += indent
                lines += 1
                current = nil
            }
        }
    }

    /// How far the start of a line looks like `A.`, `B)` or `(C)`: the choices of a question.
    private enum OptionMark {
        case start
        case letter
        case found
        case body

        mutating func read(_ byte: UInt8) {
            switch (self, byte) {
            case (_, UInt8(ascii: "\n")): self = .start
            case (.start, UInt8(ascii: " ")), (.start, UInt8(ascii: "(")): break
            case (.start, UInt8(ascii: "A")...UInt8(ascii: "Z")): self = .letter
            case (.letter, UInt8(ascii: ".")), (.letter, UInt8(ascii: ")")): self = .found
            default: self = .body
            }
        }
    }
}
