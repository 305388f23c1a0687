import Domain
import Testing
import TextEncoding

/// Texts that nobody writes, and promises that hold for every text.
@Suite struct HostileInputTests {
    private static let tokenizers = ["minilm", "roberta", "modernbert", "nfkd", "merged", "llama", "starcoder"]
    private static let pieces = [
        "a", "ab1", "1 ", " ", "\n", "'", "\u{301}", "中", "가", "[MASK", "<mask>", " <mask>", "\u{0}", "👩‍👩‍👧‍👦",
    ]

    /// One word, blanks, marks, quotes: quadratic work on any of them would take minutes.
    @Test(.timeLimit(.minutes(1)), arguments: tokenizers)
    func takesManyOfOneThing(name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        for piece in Self.pieces { check(tokenizer, String(repeating: piece, count: 60_000 / piece.utf8.count)) }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["minilm", "roberta", "modernbert"])
    func takesAMegabyte(name: String) throws {
        let text = Self.pieces.map { String(repeating: $0, count: 77_000 / $0.utf8.count) }.joined()
        try check(Fixture.tokenizer(name), text)
    }

    private func check(_ tokenizer: Tokenizer, _ text: String) {
        let encoding = tokenizer.encode(text, truncation: .headAndTail(128, tail: 64))
        #expect(encoding.ids.count <= 128)
        #expect(encoding.ids.allSatisfy { 0..<Int32(tokenizer.vocabularyCount) ~= $0 })
    }

    /// Whatever bytes become of a body, once they are repaired, has an encoding.
    @Test(arguments: tokenizers)
    func takesBinary(name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            let bytes = (0..<generator.below(200)).map { _ in UInt8(generator.below(256)) }
            check(tokenizer, String(decoding: bytes, as: UTF8.self))
        }
    }

    /// A blank before a word keeps what is before it apart from what is behind it, but for added tokens with blanks.
    @Test(arguments: ["minilm", "roberta"])
    func isTheSumOfItsParts(name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        let strings = try SampleStrings()
        for seed in 0..<1_000 {
            let (first, second) = ("x" + strings[seed] + "x", " x" + strings[seed + 1])
            let sum = tokenizer.encode(first).ids.dropLast() + tokenizer.encode(second).ids.dropFirst()
            #expect(tokenizer.encode(first + second).ids == Array(sum), "string \(seed)")
        }
    }

    /// A tokenizer.json with a few bytes changed is refused or read, and what was read takes any text.
    @Test(arguments: 0..<40)
    func readsOrRefusesDamagedFiles(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let strings = try SampleStrings()
        for name in ["llama", "prefixed", "unsplit"] {
            var json = try Fixture.variant(name)
            for _ in 0..<1 + generator.below(3) {
                // Half of the changes hit the components, which are behind the vocabulary or before it.
                let place = generator.below(2) == 0 ? generator.below(json.count) : generator.below(3_000)
                json[place] = generator.one(of: Array(#"{}[]":,0123456789etfn \u"#.utf8))
            }
            guard let tokenizer = try? Tokenizer(json: json) else { continue }
            for seed in 0..<20 { _ = tokenizer.encode(strings[seed]) }
        }
    }
}
