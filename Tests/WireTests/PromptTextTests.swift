import Domain
import Testing
import Wire

@Suite struct PromptTextTests {
    private func prompt(_ messages: String, bytesMax: Int = 1000) throws -> PromptText {
        try request(#"{"model":"m","messages":[\#(messages)]}"#).promptText(bytesMax: bytesMax)
    }

    @Test func isWhatTheUserAskedLastAndWhatTheSystemSays() throws {
        let text = try prompt(
            #"""
            {"role":"system","content":"be brief"},{"role":"developer","content":"and kind"},
            {"role":"user","content":"first"},{"role":"assistant","content":"no"},
            {"content":[{"type":"text","text":"a\n"},{"type":"image_url","image_url":{"url":"u"}},{"text":"b"}],"role":"user"},
            {"role":"tool","content":"42"}
            """#
        )
        #expect(text.system == "be brief\nand kind")
        #expect(text.prompt == "a\n\nb")
        #expect(!text.isTruncated)
    }

    @Test func isTheLastMessageWhereNoUserSpeaks() throws {
        #expect(try prompt(#"{"role":"tool","content":"42"},{"role":"assistant","content":null}"#).prompt == "42")
    }

    @Test func isAllPrompts() throws {
        let request = try request(#"{"model":"m","prompt":["a","b"]}"#, .completions)
        #expect(request.promptText(bytesMax: 10).prompt == "a\nb")
    }

    @Test func isEmptyWhereThePromptIsTokens() throws {
        let request = try request(#"{"model":"m","input":[[1,2]]}"#, .embeddings)
        #expect(request.promptText(bytesMax: 10).prompt.isEmpty)
    }

    @Test(arguments: [(0, ""), (1, "a"), (2, "a"), (3, "aé"), (4, "aé"), (6, "aé"), (7, "aé😀"), (8, "aé😀!")])
    func isCutAtAWholeCharacter(bytesMax: Int, expected: String) throws {
        let text = try prompt(#"{"role":"user","content":"aé\ud83d\ude00!"}"#, bytesMax: bytesMax)
        #expect(text.prompt == expected)
        #expect(text.isTruncated == (bytesMax < 8))
    }

    @Test func leavesOutWhatIsNoText() throws {
        let text = try prompt(#"{"role":"user","content":[{"text":"\ud800"},{"text":"b"}]}"#)
        #expect(text.prompt == "b")
    }
}
