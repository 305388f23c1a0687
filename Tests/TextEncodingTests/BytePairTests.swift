import Domain
import Testing
import TextEncoding

/// Merging against its definition: the pair of the best rank is merged, the leftmost of equals, until there is none.
@Suite struct BytePairTests {
    /// Vocabularies of three letters, with tokens that no merge leads to; words on both sides of where the heap begins.
    @Test(arguments: 0..<25)
    func mergesAsDefined(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let vocabulary = RandomVocabulary(&generator)
        for ignoresMerges in [false, true] {
            let tokenizer = try Tokenizer(json: vocabulary.json(ignoresMerges: ignoresMerges))
            for _ in 0..<20 {
                let letters = (0..<generator.one(of: [3, 6, 40, 50, 100])).map { _ in
                    generator.one(of: ["a", "b", "c"])
                }
                let word = letters.joined()
                let whole = ignoresMerges ? vocabulary.tokens.firstIndex(of: word) : nil
                let expected = whole.map { [$0] } ?? vocabulary.merged(letters)
                #expect(tokenizer.encode(word).ids == expected.map { Int32($0) }, "\(word) by \(vocabulary.merges)")
            }
        }
    }

    private struct RandomVocabulary {
        var tokens = ["a", "b", "c"]
        var merges: [[String]] = []

        init(_ generator: inout SeededGenerator) {
            for _ in 0..<1 + generator.below(12) {
                let merge = [generator.one(of: tokens), generator.one(of: tokens)]
                guard !merges.contains(merge) else { continue }
                merges.append(merge)
                if !tokens.contains(merge.joined()) { tokens.append(merge.joined()) }
            }
            let unreached = (0..<4).map { _ in (0..<3).map { _ in generator.one(of: tokens) }.joined() }
            for token in unreached where !tokens.contains(token) { tokens.append(token) }
            // Ranks in any order, so that a merge may stand before those that lead to it.
            merges.shuffle(using: &generator)
        }

        func json(ignoresMerges: Bool) -> [UInt8] {
            let vocabulary = tokens.enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",")
            let merges = merges.map { "\"\($0[0]) \($0[1])\"" }.joined(separator: ",")
            let model = """
                {"type":"BPE","vocab":{\(vocabulary)},"merges":[\(merges)],"ignore_merges":\(ignoresMerges)}
                """
            let level = "{\"type\":\"ByteLevel\",\"add_prefix_space\":false}"
            return Array("{\"model\":\(model),\"pre_tokenizer\":\(level)}".utf8)
        }

        func merged(_ letters: [String]) -> [Int] {
            var symbols = letters
            while true {
                let pairs = zip(symbols, symbols.dropFirst()).enumerated().compactMap { place, pair in
                    merges.firstIndex(of: [pair.0, pair.1]).map { (rank: $0, place: place) }
                }
                guard let best = pairs.min(by: { ($0.rank, $0.place) < ($1.rank, $1.place) }) else { break }
                symbols.replaceSubrange(
                    best.place...best.place + 1,
                    with: [symbols[best.place] + symbols[best.place + 1]]
                )
            }
            return symbols.compactMap { tokens.firstIndex(of: $0) }
        }
    }
}
