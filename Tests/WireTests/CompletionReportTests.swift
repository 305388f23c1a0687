import Domain
import Testing
import Wire

@Suite struct CompletionReportTests {
    private func report(
        _ body: String,
        _ endpoint: Model.Endpoint = .chat
    ) throws(BackendError) -> CompletionReport {
        try CompletionReport(bytes(body), endpoint: endpoint, jsonDepthMax: 32)
    }

    @Test func readsAnAnswer() throws {
        let report = try report(
            #"""
            {"id":"x","model":"gpt-4o","choices":[
              {"index":0,"message":{"role":"assistant","content":"hello","refusal":null},"finish_reason":"stop"},
              {"index":1,"message":{"role":"assistant","content":null,"tool_calls":[
                {"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"},
              {"index":2,"message":{"content":"","reasoning_content":"hm"},"finish_reason":"eos"}
            ],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}
            """#
        )
        #expect(report.model == "gpt-4o")
        #expect(report.finishReasons == [.stop, .toolCalls, .other])
        #expect(report.usage == TokenUsage(input: 3, output: 4))
        #expect(report.contentBytes == 5 + 3 + 2)
    }

    /// What is charged for where an answer breaks off: text that came, not blanks, names or half a number.
    @Test(arguments: [
        (#"{"choices":[{"message":{"role":"assistant","content":"hello","refusal":null}}],"usa"#, 5),
        (#"{"choices":[{"message":{"content":"hel"#, 3), (#"{"choices":[{"message":{"content":"a\"b\"#, 5),
        (#"{"choices":[{"message":{"content":[{"type":"text","text":"four"}],"reasoning_content" : "hm"}"#, 6),
        (#"{"choices":[{"message":{"tool_calls":[{"id":"call_1","function":{"arguments":"{\"x\":1}"#, 9),
        (#"{"content"#, 0), (#"{"id":"chatcmpl-1","object":"chat.completion""#, 0), ("", 0), ("<html>content:", 0),
        ("{" + String(repeating: " ", count: 100_000), 0), (#"{"model":"content","x":"y"#, 0),
    ])
    func ofACutAnswerTheTextThatCameCounts(body: String, count: Int) {
        #expect(CompletionReport.contentBytes(ofCut: bytes(body)) == count)
    }

    /// The dialects of usage: what is written and what it means.
    @Test(arguments: [
        // OpenAI's chat, with details.
        (
            #"""
            {"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,
             "prompt_tokens_details":{"cached_tokens":60,"audio_tokens":0,"cache_write_tokens":10},
             "completion_tokens_details":{"reasoning_tokens":20,"accepted_prediction_tokens":0}}
            """#,
            TokenUsage(input: 100, cachedInput: 60, cacheWrite: 10, output: 50, reasoning: 20)
        ),
        // Its Responses API.
        (
            #"""
            {"input_tokens":8,"input_tokens_details":{"cached_tokens":2},
             "output_tokens":4,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":12}
            """#,
            TokenUsage(input: 8, cachedInput: 2, output: 4, reasoning: 1)
        ),
        // vLLM: details null.
        (
            #"{"prompt_tokens":5,"total_tokens":9,"completion_tokens":4,"prompt_tokens_details":null}"#,
            TokenUsage(input: 5, output: 4)
        ),
        // Embeddings: no completion.
        (#"{"prompt_tokens":5,"total_tokens":5}"#, TokenUsage(input: 5, output: 0)),
        // Nothing used.
        (#"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#, .zero),
        // Reasoning beside the completion rather than in it, as the total shows.
        (
            #"""
            {"prompt_tokens":10,"completion_tokens":5,"total_tokens":35,
             "completion_tokens_details":{"reasoning_tokens":20}}
            """#,
            TokenUsage(input: 10, output: 25, reasoning: 20)
        ),
        // Contradictions are held to the totals.
        (
            #"""
            {"prompt_tokens":10,"completion_tokens":5,
             "prompt_tokens_details":{"cached_tokens":90,"cache_write_tokens":9},
             "completion_tokens_details":{"reasoning_tokens":20}}
            """#,
            TokenUsage(input: 10, cachedInput: 10, output: 5, reasoning: 5)
        ),
        (#"{"prompt_tokens":-3,"completion_tokens":5}"#, TokenUsage(input: 0, output: 5)),
        (
            #"{"prompt_tokens":99999999999999,"completion_tokens":5}"#,
            TokenUsage(input: 0, output: 5)
        ),
    ])
    func readsEveryDialectOfUsage(usage: String, expected: TokenUsage) throws {
        #expect(try report(#"{"choices":[],"usage":\#(usage)}"#).usage == expected)
    }

    @Test(arguments: ["", #","usage":null"#, #","usage":{}"#, #","usage":{"total_tokens":7}"#, #","usage":[1]"#])
    func hasNoUsageWhereNoneIsReported(member: String) throws {
        #expect(try report(#"{"choices":[]\#(member)}"#).usage == nil)
    }

    @Test func isNotConfusedByTimingsOrByText() throws {
        let report = try report(
            #"""
            {"choices":[{"finish_reason":"stop","text":"\"usage\":{\"prompt_tokens\":9}"}],
             "timings":{"prompt_n":1,"predicted_n":2,"usage":{"prompt_tokens":5}},
             "usage":{"completion_tokens":2,"prompt_tokens":1,"total_tokens":3}}
            """#,
            .completions
        )
        #expect(report.usage == TokenUsage(input: 1, output: 2))
    }

    @Test(arguments: ["", "<html>", #"{"choices":[{"#, "[]", #"{"ok":true}"#, #"{"choices":null}"#])
    func refusesWhatIsNoAnswer(body: String) {
        #expect { try report(body) } throws: { ($0 as? BackendError)?.kind == .malformed }
    }

    @Test func wantsDataOfEmbeddings() throws {
        #expect(throws: BackendError.self) { try report(#"{"choices":[]}"#, .embeddings) }
        let usage = try report(#"{"data":[{"embedding":[1]}],"usage":{"prompt_tokens":2}}"#, .embeddings).usage
        #expect(usage == TokenUsage(input: 2, output: 0))
    }

    @Test func takesAnErrorInA200ForWhatItIs() {
        #expect {
            try report(#"{"error":{"message":"busy","type":"overloaded_error","code":529}}"#)
        } throws: {
            $0 as? BackendError
                == BackendError(kind: .overloaded, message: "busy", type: "overloaded_error", code: "529")
        }
        #expect(throws: Never.self) { try report(#"{"error":null,"choices":[]}"#) }
    }

    /// The mean of −ln p, if the answer tells.
    @Test(arguments: [
        (#"{"choices":[{"logprobs":{"content":[{"token":"a","logprob":-0.5},{"token":"b","logprob":-1.5}]}}]}"#, 1.0),
        (#"{"choices":[{"logprobs":{"content":[{"token":"a","logprob":0}]}},{"logprobs":null}]}"#, 0),
        (#"{"choices":[{"logprobs":{"content":[]}}]}"#, nil), (#"{"choices":[{"logprobs":null}]}"#, nil),
        (#"{"choices":[{}]}"#, nil), (#"{"choices":[]}"#, nil), ("{}", nil), ("no", nil),
        (#"{"choices":[{"logprobs":{"content":[{"token":"a","logprob":"x"}]}}]}"#, nil),
    ])
    func surpriseIsTheMeanOfItsTokens(body: String, surprise: Double?) {
        #expect(CompletionReport.meanSurprise(of: Array(body.utf8), jsonDepthMax: 16) == surprise)
    }
}
