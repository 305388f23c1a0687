/// What Hugging Face's tokenizers ask of a character, each by the version of Unicode that they go by there.
struct CharacterClass: OptionSet, Sendable {
    let rawValue: UInt32

    /// `\p{L}` of the patterns of byte-level models.
    static let letter = Self(rawValue: 1 << 0)
    /// `\p{N}` of those patterns.
    static let number = Self(rawValue: 1 << 1)
    /// `\s` of those patterns.
    static let space = Self(rawValue: 1 << 2)
    /// `\w` of the pre-tokenizer Whitespace.
    static let word = Self(rawValue: 1 << 3)
    /// `\s` of the pre-tokenizer Whitespace.
    static let wordSpace = Self(rawValue: 1 << 4)
    /// What BERT's pre-tokenizer leaves out between words.
    static let whitespace = Self(rawValue: 1 << 5)
    /// What BERT's normalizer leaves out as control characters.
    static let control = Self(rawValue: 1 << 6)
    /// What is a word of its own for BERT.
    static let punctuation = Self(rawValue: 1 << 7)
    /// The marks that BERT's normalizer strips.
    static let accent = Self(rawValue: 1 << 8)
    /// The marks that the normalizer StripAccents strips.
    static let mark = Self(rawValue: 1 << 9)
    /// What the pre-tokenizer Digits takes for one.
    static let digit = Self(rawValue: 1 << 10)
    /// The ideographs that BERT's normalizer sets apart.
    static let ideograph = Self(rawValue: 1 << 11)

    /// The canonical combining class, by which marks behind one character are sorted; 0 for characters that aren't moved.
    var combiningClass: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 16) }
}

/// The class of each character: two steps, through pages of 256 that are often the same.
struct CharacterClasses: Sendable {
    /// As PyPI's `tokenizers` has them.
    static let standard = CharacterClasses(PackedNumbers(CharacterClassData.runs))

    /// For each 256 characters, where their page begins in `pages`.
    private let starts: [UInt32]
    private let pages: [CharacterClass]

    private init(_ packed: consuming PackedNumbers) {
        let classes = (0..<packed.next()).map { _ in CharacterClass(rawValue: packed.next()) }
        var starts: [UInt32] = []
        var pages: [CharacterClass] = []
        var known: [[CharacterClass]: UInt32] = [:]
        var page: [CharacterClass] = []
        while !packed.isAtEnd {
            let count = packed.next()
            let kind = classes[Int(packed.next())]
            for _ in 0..<count {
                page.append(kind)
                guard page.count == 256 else { continue }
                let start = known[page] ?? UInt32(pages.count)
                if known.updateValue(start, forKey: page) == nil { pages += page }
                starts.append(start)
                page.removeAll(keepingCapacity: true)
            }
        }
        (self.starts, self.pages) = (starts, pages)
    }

    /// The class of `scalar`.
    @inline(__always)
    subscript(scalar: UInt32) -> CharacterClass {
        pages[Int(starts[Int(scalar >> 8)] &+ scalar & 0xFF)]
    }

    /// The class of the character that begins at `index` of `text`, valid UTF-8, and how many bytes it takes.
    @inline(__always)
    func character(at index: Int, of text: Span<UInt8>) -> (class: CharacterClass, length: Int) {
        let byte = text[index]
        // The first page is always that of the first 256 characters.
        if byte < 0x80 { return (pages[Int(byte)], 1) }
        let (scalar, length) = text.scalar(at: index)
        return (self[scalar], length)
    }
}

extension CharacterClass: Hashable {}
