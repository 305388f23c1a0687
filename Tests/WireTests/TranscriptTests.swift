import Domain
import HTTP
import Testing

@testable import Wire

@Suite struct TranscriptTests {
    private func transcript(of deltas: [String], choices: Int = 1, bytesMax: Int = 1000) -> Transcript? {
        var meter = StreamMeter(
            choiceCount: choices,
            clientWantsUsage: false,
            jsonDepthMax: 16,
            transcript: Transcript(bytesMax: bytesMax)
        )
        for delta in deltas {
            var parser = EventStreamParser(eventBytesMax: 10_000)
            parser.append(Array("data: {\"choices\":[\(delta)]}\n\n".utf8)[...])
            if let event = try? parser.next() { _ = meter.consume(event) }
        }
        return meter.transcript
    }

    private func says(_ text: String, index: Int = 0) -> String {
        #"{"index":\#(index),"delta":{"content":"\#(text)"}}"#
    }

    @Test func piecesAreOneText() {
        let transcript = transcript(of: [says("a"), says("b\\n"), says("\\ud83d"), says("\\ude00c")])
        #expect(transcript?.strings == ["ab\n😀c"])
        #expect(transcript?.plainText == Array(#"ab\n\ud83d\ude00c"#.utf8))
    }

    @Test func choicesAreApart() {
        let transcript = transcript(of: [says("a"), says("x", index: 1), says("b"), says("y", index: 1)], choices: 2)
        #expect(transcript?.strings == ["ab", "xy"])
        #expect(transcript?.isPlain == false)
    }

    @Test(arguments: [
        #"{"index":0,"delta":{"reasoning_content":"r"}}"#,
        #"{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]}}"#,
        #"{"index":0,"delta":{"content":"a","refusal":"no"}}"#,
    ])
    func whatIsNotSaidIsKeptButNotPlain(delta: String) {
        let transcript = transcript(of: [says("a"), delta])
        #expect(transcript?.isPlain == false && transcript?.isWhole == true)
        #expect(transcript?.plainText == nil)
    }

    /// Where it is asked for, what is said is kept apart from reasoning and tools; else it is not known.
    @Test func contentsAreApartFromReasoning() {
        var transcript = Transcript(bytesMax: 19, keepsContents: true)
        transcript.append(Array("why".utf8)[...], at: .init(choice: 0, isContent: false))
        transcript.append(Array("be\\n".utf8)[...], at: .init(choice: 0, isContent: true))
        transcript.append(Array("cause".utf8)[...], at: .init(choice: 1, isContent: true))
        #expect(transcript.contentStrings == ["be\n", "cause"])
        #expect(transcript.strings == ["whybe\n", "cause"])
        transcript.append(Array("too long".utf8)[...], at: .init(choice: 0, isContent: true))
        #expect(transcript.contentStrings == nil)
        #expect(Transcript(bytesMax: 10).contentStrings == nil)
    }

    @Test func textOfACompletionIsPlain() {
        #expect(
            transcript(of: [#"{"index":0,"text":"a"}"#, #"{"index":0,"text":"b"}"#])?.plainText == Array("ab".utf8)
        )
    }

    @Test func moreThanTheLimitIsNotWhole() {
        let transcript = transcript(of: [says("abc"), says("def"), says("g")], bytesMax: 5)
        #expect(transcript?.isWhole == false && transcript?.plainText == nil)
    }

    @Test func halfACharacterAtTheEndIsLeftAsItCame() {
        #expect(transcript(of: [says("a\\ud83d")])?.strings == [#"a\ud83d"#])
    }

    @Test func wholeAnswersHaveOne() throws {
        let body = #"{"choices":[{"message":{"role":"assistant","content":"a\tb"}},{"message":{"content":"c"}}]}"#
        let report = try CompletionReport(
            Array(body.utf8),
            endpoint: .chat,
            jsonDepthMax: 16,
            transcript: Transcript(bytesMax: 100)
        )
        #expect(report.transcript?.strings == ["a\tb", "c"])
    }
}
