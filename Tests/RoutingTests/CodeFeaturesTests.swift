import Domain
import Testing

@testable import Routing

@Suite struct CodeFeaturesTests {
    /// The counts under their names; the roots taken back.
    private static func counts(_ text: String) -> [String: Int] {
        let names = [
            "loops", "branches", "exits", "definitions", "logic", "calls", "methods", "chains", "indices", "slices",
            "lists", "maps", "elements", "brackets", "blocks", "nested", "strings", "stringBytes", "longestString",
            "comparisons", "assignments", "updates", "arithmetic", "names", "repeats", "codeLines", "longestLine",
            "argument", "argumentStrings", "argumentElements", "steps",
        ]
        let values = CodeFeatures(of: text.utf8.span).values.map { Int(($0 * $0).rounded()) }
        return Dictionary(uniqueKeysWithValues: zip(names, values)).filter { $0.value != 0 }
    }

    @Test func countsWhatPythonDoes() {
        let text = """
            def f(words):
                out = []
                for word in words:
                    while len(word) > 2 and word[0] != 'x':
                        word = word[1:].strip().lower()
                        out += [word, "a'b"]
                return out
            assert f(["one", "two, three"], {}) == ??
            """
        #expect(
            Self.counts(text) == [
                "loops": 2, "exits": 1, "definitions": 1, "logic": 2,
                // len, strip, lower and f; what is defined is not called.
                "calls": 4, "methods": 2, "chains": 2, "indices": 2, "slices": 1, "lists": 3, "maps": 1,
                // One in each list, and one between arguments.
                "elements": 3, "brackets": 2, "blocks": 3, "nested": 2,
                "strings": 4, "stringBytes": 1 + 3 + 3 + 10, "longestString": 10,
                "comparisons": 3, "assignments": 2, "updates": 1,
                // f, words, out, word, len, strip, lower, assert: 17 in all.
                "names": 8, "repeats": 9, "codeLines": 5, "longestLine": 47,
                "argument": 25, "argumentStrings": 13, "argumentElements": 2,
                // 3 · √26
                "steps": 15,
            ]
        )
    }

    @Test func countsWhatCAndSwiftDo() {
        let text = """
            for (int i = 0; i < n && !done; ++i) {
              if (a[i] >= 0) { sum -= b->next(i); } else { return sum * 2; }
            }
            """
        let counts = Self.counts(text)
        #expect(counts["loops"] == 1 && counts["branches"] == 2 && counts["exits"] == 1 && counts["nested"] == 1)
        #expect(counts["calls"] == 1 && counts["indices"] == 1 && counts["maps"] == 3 && counts["logic"] == 2)
        #expect(counts["comparisons"] == 2 && counts["assignments"] == 1 && counts["updates"] == 1)
        // `++` and `*`; the arrow is none.
        #expect(counts["arithmetic"] == 2)
        #expect(counts["codeLines"] == 3 && counts["blocks"] == 1 && counts["argument"] == 1)
    }

    /// Loops one after the other are not nested, and a word within a line starts none.
    @Test func loopsEndWithTheirBlocks() {
        #expect(Self.counts("for a:\n  x\nfor b:\n  y\n")["nested"] == 1)
        #expect(Self.counts("for a:\n  for b:\n    y\n")["nested"] == 2)
        #expect(Self.counts("wait for it while it lasts")["nested"] == nil)
    }

    /// An apostrophe opens nothing, and a quote that its line leaves open is none.
    @Test func quotesThatAreNoStringsAreNone() {
        let counts = Self.counts("it's 'tis (a, b)\nx(\"a\\\"b\")")
        #expect(counts["strings"] == 1 && counts["stringBytes"] == 4 && counts["elements"] == nil)
        #expect(counts["calls"] == 1 && counts["argument"] == 6)
    }

    @Test func proseHasHardlyAny() {
        let counts = Self.counts("What is the capital of France, and why? Answer briefly (in one line)")
        #expect(Set(counts.keys) == ["logic", "brackets", "names", "longestLine", "steps"])
    }

    /// Any bytes will do, and of a long text its end.
    @Test(arguments: 0..<100)
    func survivesAnyBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("([{}])'\"\\\n\t =<>!&|+-.,:;for if def a1".utf8) + [0, 0xC3, 0xFF]
        let bytes = (0..<Int.random(in: 0...2000, using: &generator)).map { _ in
            seed % 2 == 0
                ? UInt8.random(in: 0...255, using: &generator) : alphabet.randomElement(using: &generator) ?? 0
        }
        let features = CodeFeatures(of: bytes.span, bytesMax: 1000)
        #expect(features.values.count == CodeFeatures.count)
        #expect(features.values.allSatisfy { $0.isFinite && $0 >= 0 })
        #expect(features == CodeFeatures(of: Array(bytes.suffix(1000)).span, bytesMax: 1000))
    }

    /// Evidence of before code was looked at is still of use, and is kept as what it was.
    @Test func earlierEvidenceIsRead() throws {
        let evidence = PromptEvidence(of: "for (a, b) in f(x) { g[1] = 'y' }", layers: [0: [0.5, -1]])
        let record = evidence.record
        let start = 1 + 4 * PromptFeatures.countCount + 2 * SurfaceFeatures.count
        let earlier = [1] + record[1..<start] + record[(start + 2 * CodeFeatures.count)...]
        let read = try #require(PromptEvidence(record: Array(earlier)))
        #expect(read.code == nil && read.layers == evidence.layers && read.words.buckets == evidence.words.buckets)
        #expect(PromptEvidence(record: read.record) == read)
        // What is not known counts as usual.
        var row = FeatureVector.row(of: read)
        let usual = [Float](repeating: 3, count: FeatureVector.count)
        Standardisation(means: usual, scales: usual).apply(to: &row)
        #expect(FeatureVector.code.allSatisfy { row[$0] == 0 } && row.allSatisfy { !$0.isNaN })
        let known = try #require(PromptEvidence(record: record)?.code)
        #expect(zip(known.values, evidence.code?.values ?? []).allSatisfy { abs($0 - $1) <= abs($1) / 1000 })
        #expect(PromptEvidence(record: [3] + record.dropFirst()) == nil)
    }
}
