import Domain

/// The strings of Tests/Tools/tokenizer_goldens.py, drawn from its fragments and from all of Unicode.
struct SampleStrings {
    /// The lines of fragments.txt, as scalars.
    private let fragments: [[Unicode.Scalar]]

    init() throws {
        let text = String(decoding: try Fixture.bytes("fragments.txt"), as: UTF8.self)
        fragments = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
    }

    /// The string that `seed` decides.
    subscript(seed: Int) -> String {
        var generator = SeededGenerator(seed: UInt64(seed))
        var text = String.UnicodeScalarView()
        for _ in 0..<generator.below(8) {
            appendPart(to: &text, &generator)
            text += generator.one(of: ["", " ", ""]).unicodeScalars
        }
        return String(text)
    }

    private func appendPart(to text: inout String.UnicodeScalarView, _ generator: inout SeededGenerator) {
        switch generator.below(10) {
        case 0..<4:
            let line = generator.one(of: fragments)
            if generator.below(2) == 0 || line.isEmpty { return text += line }
            let start = generator.below(line.count)
            text += line[start..<min(line.count, start + 1 + generator.below(line.count))]
        case 4:
            let scalar = Self.scalar(generator.below(0x110000))
            text += repeatElement(scalar, count: 1 + generator.below(3))
        case 5:
            let base = generator.one(of: Self.blocks)
            for _ in 0..<1 + generator.below(12) { text.append(Self.scalar(base + generator.below(128))) }
        case 6:
            for _ in 0..<1 + generator.below(20) { text.append(Self.scalar(0x20 + generator.below(95))) }
        case 7:
            let repeated = generator.one(of: Self.repeated).unicodeScalars
            for _ in 0..<1 + generator.below(30) { text += repeated }
        case 8:
            text += generator.one(of: Self.special).unicodeScalars
        default:
            text += generator.one(of: Self.marked).unicodeScalars
            for _ in 0..<1 + generator.below(6) { text.append(Self.scalar(generator.one(of: Self.marks))) }
        }
    }

    private static func scalar(_ code: Int) -> Unicode.Scalar { Unicode.Scalar(UInt32(code)) ?? "\u{FFFD}" }

    private static let blocks = [
        0x0000, 0x0080, 0x0100, 0x0180, 0x0300, 0x0370, 0x0400, 0x0590, 0x0600, 0x0900, 0x0980, 0x0B80, 0x0E00, 0x0F00,
        0x1000, 0x1100, 0x1AB0, 0x1DC0, 0x1E00, 0x1F00, 0x2000, 0x20D0, 0x2100, 0x2200, 0x2460, 0x3000, 0x3040, 0x3130,
        0x3200, 0x3300, 0x4E00, 0xA640, 0xA8E0, 0xAC00, 0xF900, 0xFB00, 0xFB50, 0xFE00, 0xFE80, 0xFF00, 0x10000,
        0x10A00, 0x11000, 0x11100, 0x16AF0, 0x1D100, 0x1D400, 0x1E000, 0x1E900, 0x1F000, 0x1F300, 0x1F600, 0x20000,
        0x2F800, 0xE0000, 0xE0100, 0xF0000,
    ]
    private static let repeated = [
        " ", "\n", "\t", "\r", "'", "!", "a", "1", ".", "\u{E9}", "\u{301}", "\u{3000}", "_", "\u{4E2D}",
    ]
    private static let special = [
        "[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "<s>", "</s>", "<mask>", "<unk>", "<pad>", "<|endoftext|>",
        "|||EMAIL_ADDRESS|||", "|||IP_ADDRESS|||", "  ", "   ", "'s", "'LL", "'\u{17F}", "\r\n", "[mask]", " [MASK] ",
        "word", "Keyword", "\u{C9}clair", "\u{395}\u{3A3}",
    ]
    private static let marked = [
        "a", "E", "o", "\u{915}", "\u{5D0}", "\u{627}", "\u{1100}\u{1161}", "\u{AC00}", "\u{F40}", "\u{3042}",
        "\u{304B}",
    ]
    private static let marks = [
        0x300, 0x301, 0x307, 0x308, 0x316, 0x323, 0x327, 0x328, 0x334, 0x345, 0x360, 0x5B0, 0x5C1, 0x64B, 0x651, 0x93C,
        0x94D, 0xE38, 0xF71, 0xF72, 0x11A8, 0x1161, 0x302A, 0x302E, 0x3099, 0x1D165, 0x1D16D, 0x20D0, 0xFE0F, 0x93E,
    ]
}

extension SeededGenerator {
    /// As the script has it: a number from 0 up to `bound`.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func one<Element>(of choices: [Element]) -> Element { choices[below(choices.count)] }
}
