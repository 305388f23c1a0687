import Testing
import TextEncoding

@Suite struct TokenizerTests {
    @Test func framesAText() throws {
        let encoding = try Fixture.minilm.get().encode("Hello, [MASK] world!")
        #expect(encoding.ids == [101, 7592, 1010, 103, 2088, 999, 102])
        #expect(encoding.typeIDs == [0, 0, 0, 0, 0, 0, 0])
        #expect(encoding.attentionMask == [1, 1, 1, 1, 1, 1, 1])
        #expect(encoding.textTokenCount == 5)
    }

    @Test func framesAnEmptyText() throws {
        #expect(try Fixture.minilm.get().encode("").ids == [101, 102])
        #expect(try Fixture.tokenizer("roberta").encode("").ids == [0, 2])
    }

    @Test func namesTheSegmentsOfATemplate() throws {
        let encoding = try Fixture.tokenizer("llama").encode("a")
        #expect(encoding.ids.prefix(2) == [0, 5])
        #expect(encoding.typeIDs == [1, 1, 0])
    }

    /// Six tokens: from all of them down to fewer than the frame alone has.
    @Test(arguments: [
        (Truncation.head(8), [101, 1015, 1016, 1017, 1018, 1019, 1020, 102]),
        (.head(7), [101, 1015, 1016, 1017, 1018, 1019, 102]),
        (.head(2), [101, 102]),
        (.head(0), [101, 102]),
        (.headAndTail(8, tail: 3), [101, 1015, 1016, 1017, 1018, 1019, 1020, 102]),
        (.headAndTail(7, tail: 2), [101, 1015, 1016, 1017, 1019, 1020, 102]),
        (.headAndTail(5, tail: 3), [101, 1018, 1019, 1020, 102]),
        (.headAndTail(5, tail: 9), [101, 1018, 1019, 1020, 102]),
        (.headAndTail(5, tail: -1), [101, 1015, 1016, 1017, 102]),
        (.headAndTail(-5, tail: 3), [101, 102]),
    ])
    func keepsHeadAndTail(truncation: Truncation, ids: [Int32]) throws {
        let encoding = try Fixture.minilm.get().encode("1 2 3 4 5 6", truncation: truncation)
        #expect(encoding.ids == ids)
        #expect(encoding.textTokenCount == 6)
    }

    @Test func padsABatch() throws {
        let tokenizer = try Fixture.tokenizer("roberta")
        var encoding = tokenizer.encode("")
        encoding.pad(to: 4, with: tokenizer.paddingID)
        #expect(encoding.ids == [0, 2, 1, 1])
        #expect(encoding.typeIDs == [0, 0, 0, 0])
        #expect(encoding.attentionMask == [1, 1, 0, 0])
        encoding.pad(to: 3, with: 7)
        #expect(encoding.ids == [0, 2, 1, 1])
    }

    @Test func knowsItsVocabulary() throws {
        let tokenizer = try Fixture.tokenizer("modernbert")
        #expect(tokenizer.id(of: "[MASK]") == 1528)
        #expect(tokenizer.id(of: "Ġe") == 270)
        #expect(tokenizer.id(of: "no such token") == nil)
        #expect(tokenizer.vocabularyCount == 1529)
        #expect(tokenizer.paddingID == tokenizer.id(of: "[PAD]"))
    }

    /// A word of more than a hundred characters is unknown to BERT, one of a hundred isn't.
    @Test func givesUpOnLongWords() throws {
        let tokenizer = try Fixture.minilm.get()
        #expect(tokenizer.encode(String(repeating: "é", count: 101)).ids == [101, 100, 102])
        #expect(tokenizer.encode(String(repeating: "ж", count: 100)).ids.count > 50)
    }
}
