/// The patterns by which byte-level models cut a text into words; each matches every text from end to end.
enum WordPattern: Sendable {
    /// GPT-2's, of RoBERTa, CodeBERT, ModernBERT and StarCoder:
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    case gpt2
    /// cl100k's, of GPT-4, Llama 3 (three digits) and Qwen (one digit):
    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
    case cl100k(digitsMax: Int)

    /// The pattern with this text; `nil` for others.
    init?(_ pattern: String) {
        let rest = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
        let head = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"#
        switch pattern {
        case #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
            #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#:
            self = .gpt2
        case head + rest:
            self = .cl100k(digitsMax: 1)
        case head + "{1,3}" + rest,
            #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#:
            self = .cl100k(digitsMax: 3)
        default:
            return nil
        }
    }

    /// Where the word ends that `rest`, which is not empty, begins with.
    @inline(__always)
    func end(of rest: Range<Int>, in text: Span<UInt8>, by classes: CharacterClasses) -> Int {
        switch self {
        case .gpt2: text.gpt2Word(rest, by: classes)
        case .cl100k(let digitsMax): text.cl100kWord(rest, by: classes, digitsMax: digitsMax)
        }
    }
}

extension Span<UInt8> {
    @inline(__always)
    fileprivate func gpt2Word(_ rest: Range<Int>, by classes: CharacterClasses) -> Int {
        let start = rest.lowerBound
        if self[start] == .apostrophe, let end = contraction(rest, ignoringCase: false) { return end }
        let first = classes.character(at: start, of: self)
        // A blank belongs to what it stands before.
        var index = start &+ first.length
        var kind = first.class
        if self[start] == 0x20, index < rest.upperBound {
            let next = classes.character(at: index, of: self)
            if !next.class.contains(.space) {
                index &+= next.length
                kind = next.class
            }
        }
        if kind.contains(.space) { return spaces(rest, by: classes) }
        let wanted = kind.intersection(.kinds)
        return end(of: wanted, from: index, to: rest.upperBound, by: classes)
    }

    @inline(__always)
    fileprivate func cl100kWord(_ rest: Range<Int>, by classes: CharacterClasses, digitsMax: Int) -> Int {
        let start = rest.lowerBound
        if self[start] == .apostrophe, let end = contraction(rest, ignoringCase: true) { return end }
        let first = classes.character(at: start, of: self)
        let index = start &+ first.length
        if first.class.contains(.letter) { return end(of: .letter, from: index, to: rest.upperBound, by: classes) }
        if first.class.contains(.number) {
            return end(of: .number, from: index, to: rest.upperBound, by: classes, countMax: digitsMax &- 1)
        }
        let next = index < rest.upperBound ? classes.character(at: index, of: self) : nil
        // Any one character, but for ends of lines, belongs to the letters behind it.
        if let next, next.class.contains(.letter), !self[start].isLineEnd {
            return end(of: .letter, from: index, to: rest.upperBound, by: classes)
        }
        if first.class.contains(.space) {
            guard self[start] == 0x20, let next, next.class.isDisjoint(with: .kinds) else {
                return spacesAndLineEnds(rest, by: classes)
            }
        }
        var end = end(of: [], from: index, to: rest.upperBound, by: classes)
        while end < rest.upperBound, self[end].isLineEnd { end &+= 1 }
        return end
    }

    /// The end of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at the start of `rest`.
    private func contraction(_ rest: Range<Int>, ignoringCase: Bool) -> Int? {
        func byte(_ offset: Int) -> UInt8 {
            guard rest.count > offset else { return 0 }
            let byte = self[rest.lowerBound + offset]
            return ignoringCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        }
        switch (byte(1), byte(2)) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _):
            return rest.lowerBound + 2
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return rest.lowerBound + 3
        // The long s, which is an s without regard to case.
        case (0xC5, 0xBF) where ignoringCase:
            return rest.lowerBound + 3
        default:
            return nil
        }
    }

    /// Where the run ends of characters that are of `wanted` among letters, numbers, blanks and the rest (`[]`).
    @inline(__always)
    private func end(
        of wanted: CharacterClass,
        from start: Int,
        to end: Int,
        by classes: CharacterClasses,
        countMax: Int = .max
    ) -> Int {
        var index = start
        var count = 0
        while index < end, count < countMax {
            let (kind, length) = classes.character(at: index, of: self)
            guard kind.intersection(.kinds) == wanted else { break }
            index &+= length
            count &+= 1
        }
        return index
    }

    /// `\s+(?!\S)|\s+`: blanks, the last of which is left to the word behind them, if there is one and they are several.
    private func spaces(_ rest: Range<Int>, by classes: CharacterClasses) -> Int {
        let end = end(of: .space, from: rest.lowerBound, to: rest.upperBound, by: classes)
        guard end < rest.upperBound else { return end }
        let last = end - scalar(before: end).length
        return last > rest.lowerBound ? last : end
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`: blanks up to the last end of a line, or as in ``spaces``.
    private func spacesAndLineEnds(_ rest: Range<Int>, by classes: CharacterClasses) -> Int {
        var end = end(of: .space, from: rest.lowerBound, to: rest.upperBound, by: classes)
        while end > rest.lowerBound {
            if self[end - 1].isLineEnd { return end }
            end -= 1
        }
        return spaces(rest, by: classes)
    }
}

extension CharacterClass {
    /// What the patterns tell apart; each character has one of these or none.
    fileprivate static let kinds: CharacterClass = [.letter, .number, .space]
}

extension UInt8 {
    fileprivate static var apostrophe: UInt8 { 0x27 }
    fileprivate var isLineEnd: Bool { self == 0x0A || self == 0x0D }
}
