import Domain
import Routing
import Testing

@Suite struct HashedWordsTests {
    @Test(arguments: ["", " \n\t "])
    func findsNothingInBlanks(text: String) {
        #expect(HashedWords(of: text.utf8.span).buckets.isEmpty)
    }

    @Test func foldsCaseAndKeepsPunctuation() {
        let words = HashedWords(of: "Prove it now".utf8.span)
        #expect(words == HashedWords(of: "PROVE\n it  NOW".utf8.span))
        #expect(words != HashedWords(of: "Prove it now?".utf8.span))
    }

    /// The order tells: pairs of neighbours are counted as well.
    @Test func tellsTheOrderOfWords() {
        #expect(HashedWords(of: "dog bites man".utf8.span) != HashedWords(of: "man bites dog".utf8.span))
    }

    /// Whatever the bytes are, the vector has unit length and rising buckets, and bytes past the limit do not matter.
    @Test(arguments: 0..<200)
    func hasUnitLengthForAnyBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = (0..<Int.random(in: 1...400, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        let words = HashedWords(of: bytes.span, bytesMax: 300)
        let squares = words.weights.reduce(0) { $0 + $1 * $1 }
        #expect(words.buckets.isEmpty || abs(squares - 1) < 1e-4)
        #expect(words.buckets.allSatisfy { $0 < HashedWords.bucketCount })
        #expect(zip(words.buckets, words.buckets.dropFirst()).allSatisfy { $0 < $1 })
        #expect(words == HashedWords(of: Array(bytes.prefix(300)).span, bytesMax: 300))
    }
}
