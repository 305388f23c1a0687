import Testing
import TextEncoding

/// Equality with PyPI's `tokenizers`, on strings of many scripts, code, emoji and control characters.
@Suite struct ParityTests {
    /// `Tests/Tools/tokenizer_goldens.py --show NAME SEED` shows what it should have been.
    @Test(arguments: ["minilm", "roberta", "modernbert"])
    func givesTheSameIDs(name: String) throws {
        let golden = try Golden(name)
        try #require(golden.ids.count == 10_000)
        try check(Fixture.tokenizer(name), against: golden)
    }

    /// Components that the three tokenizers lack.
    @Test(arguments: [
        "cased", "accents", "uncleaned", "nfkd", "nfkc", "merged", "added", "llama", "qwen", "starcoder", "prefixed",
        "inverted", "unsplit", "words", "words3", "words1",
    ])
    func givesTheSameIDsWithOtherComponents(name: String) throws {
        let golden = try Golden(name)
        try #require(golden.ids.count == 1_000)
        try check(Fixture.tokenizer(name), against: golden)
    }

    private func check(_ tokenizer: Tokenizer, against golden: Golden) throws {
        let strings = try SampleStrings()
        var differing: [Int] = []
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for (seed, expected) in golden.ids.enumerated() {
            let text = strings[seed]
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            if Golden.hash(tokenizer.encode(text).ids) != expected { differing.append(seed) }
        }
        #expect(hash == golden.strings, "the script draws other strings")
        #expect(differing.isEmpty)
        for seed in differing.prefix(3) {
            Issue.record("string \(seed), \(strings[seed].debugDescription), is \(tokenizer.encode(strings[seed]).ids)")
        }
    }
}
