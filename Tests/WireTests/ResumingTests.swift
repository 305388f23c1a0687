import Domain
import HTTP
import Testing

@testable import Wire

@Suite struct ResumingTests {
    private func body(
        _ json: String,
        endpoint: Model.Endpoint,
        written: String,
        by prefill: Model.Prefill
    ) throws -> String? {
        let request = try InferenceRequest(Array(json.utf8), endpoint: endpoint, jsonDepthMax: 16)
        var transcript = Transcript(bytesMax: 100)
        transcript.append(Array(written.utf8)[...], at: GeneratedText.Place(choice: 0, isContent: true))
        let rest = request.resuming(after: transcript, tokens: 3, by: prefill, jsonDepthMax: 16)
        return rest.map { String(decoding: $0.body, as: UTF8.self) }
    }

    /// The text goes in as it came: its escapes are not touched.
    @Test func aCompletionsPromptGrowsByWhatWasWritten() throws {
        let json = #"{"model":"m","stream":true,"max_tokens":10,"prompt":"a\n"}"#
        let rest = try body(json, endpoint: .completions, written: #"b\"c"#, by: .none)
        #expect(rest == #"{"model":"m","stream":true,"max_tokens":7,"prompt":"a\nb\"c"}"#)
    }

    @Test(arguments: [#""prompt":["a"]"#, #""prompt":"a","echo":true"#, #""prompt":"a","suffix":"z""#])
    func completionsOfOtherShapesAreNotGoneOnWith(members: String) throws {
        #expect(
            try body(#"{"model":"m","stream":true,\#(members)}"#, endpoint: .completions, written: "b", by: .none)
                == nil
        )
    }

    @Test func nothingWrittenIsNothingToGoOnWith() throws {
        let json = #"{"model":"m","stream":true,"messages":[{"role":"user","content":"a"}]}"#
        #expect(try body(json, endpoint: .chat, written: "", by: .assistant) == nil)
        #expect(try body(json, endpoint: .chat, written: "b", by: .none) == nil)
    }
}
