import Domain
import Testing
import Wire

@Suite struct InferenceRequestTests {
    @Test func readsAChat() throws {
        let request = try request(
            chat(
                #""stream":true"#,
                #""stream_options":{"include_usage":true}"#,
                #""max_tokens":7"#,
                #""n":3"#,
                #""temperature":0.0"#,
                #""user":"u\u0031""#
            )
        )
        #expect(request.model == "m")
        #expect(request.streams && request.wantsUsage && request.isDeterministic)
        #expect(request.outputTokensMax == 7)
        #expect(request.choiceCount == 3 && request.generationCount == 3)
        #expect(request.user == "u1")
        #expect(request.features.isEmpty)
        #expect(request.inputBytes == 2)
    }

    @Test func takesNullForAbsent() throws {
        let request = try request(
            chat(
                #""stream":null"#,
                #""stream_options":null"#,
                #""max_tokens":null"#,
                #""n":null"#,
                #""seed":null"#,
                #""temperature":null"#,
                #""user":null"#,
                #""tools":null"#,
                #""response_format":null"#
            )
        )
        #expect(!request.streams && !request.wantsUsage && !request.isDeterministic)
        #expect(request.outputTokensMax == nil && request.choiceCount == 1 && request.user == nil)
    }

    @Test func prefersTheNewerNameOfTheTokenLimit() throws {
        let request = try request(chat(#""max_tokens":7"#, #""max_completion_tokens":9"#))
        #expect(request.outputTokensMax == 9)
    }

    @Test(
        arguments: [
            (#""tools":[{"type":"function"}]"#, [.tools]),
            (#""functions":[{}]"#, [.tools]),
            (#""tools":[]"#, []),
            (#""response_format":{"type":"json_schema","json_schema":{}}"#, [.structuredOutput]),
            (#""response_format":{"type":"json_object"}"#, []),
        ] as [(String, Set<Model.Feature>)]
    )
    func knowsWhatItTakes(member: String, features: Set<Model.Feature>) throws {
        #expect(try request(chat(member)).features == features)
    }

    @Test func countsImagesApartFromText() throws {
        let parts = #"[{"type":"text","text":"what?"},{"type":"image_url","image_url":{"url":"data:AAAA"}}]"#
        let request = try request(#"{"model":"m","messages":[{"role":"user","content":\#(parts)}]}"#)
        #expect(request.features == [.images])
        #expect(request.imageCount == 1)
        #expect(request.inputBytes == 5)
    }

    @Test func countsToolsAndTheirCallsAsInput() throws {
        let call = #"[{"id":"1"}]"#
        let request = try request(
            #"{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":\#(call)}],"tools":[{}]}"#
        )
        #expect(request.inputBytes == call.utf8.count + "[{}]".utf8.count)
    }

    @Test(arguments: [
        (#""one""#, 1, 3), (#"["a","bc"]"#, 2, 3), ("[1,2,3]", 1, 12), ("[[1],[2,3]]", 2, 12),
    ])
    func readsEveryKindOfPrompt(prompt: String, count: Int, bytes: Int) throws {
        let completion = try request(#"{"model":"m","prompt":\#(prompt),"n":2,"best_of":5}"#, .completions)
        #expect(completion.choiceCount == 2 * count)
        #expect(completion.generationCount == 5 * count)
        #expect(completion.inputBytes == bytes)
        let embeddings = try request(#"{"model":"m","input":\#(prompt)}"#, .embeddings)
        #expect(embeddings.inputBytes == bytes)
        #expect(embeddings.isDeterministic)
    }

    @Test func letsACompletionAskForNoTokens() throws {
        let body = #"{"model":"m","prompt":"x","echo":true,"max_tokens":0}"#
        #expect(try request(body, .completions).outputTokensMax == 0)
    }

    @Test(arguments: [
        (#"{"messages":[{}]}"#, "model"),
        (#"{"model":"","messages":[{}]}"#, "model"),
        (#"{"model":7,"messages":[{}]}"#, "model"),
        (#"{"model":"\ud800","messages":[{}]}"#, "model"),
        (#"{"model":"m"}"#, "messages"),
        (#"{"model":"m","messages":null}"#, "messages"),
        (#"{"model":"m","messages":[]}"#, "messages"),
        (#"{"model":"m","messages":"hi"}"#, "messages"),
        (#"{"model":"m","messages":[{},"hi"]}"#, "messages[1]"),
        (#"{"model":"m","messages":[{"content":7}]}"#, "messages[0].content"),
        (chat(#""stream":"yes""#), "stream"),
        (chat(#""stream_options":true"#), "stream_options"),
        (chat(#""stream_options":{"include_usage":1}"#), "stream_options.include_usage"),
        (chat(#""stream_options":{"include_usage":true,"include_usage":false}"#), "stream_options.include_usage"),
        (chat(#""max_tokens":0"#), "max_tokens"),
        (chat(#""max_tokens":-1"#), "max_tokens"),
        (chat(#""max_tokens":1.5"#), "max_tokens"),
        (chat(#""max_tokens":1e9999"#), "max_tokens"),
        (chat(#""max_tokens":99999999999999999999"#), "max_tokens"),
        (chat(#""max_completion_tokens":"9""#), "max_completion_tokens"),
        (chat(#""n":0"#), "n"),
        (chat(#""n":129"#), "n"),
        (chat(#""temperature":"hot""#), "temperature"),
        (chat(#""tools":{}"#), "tools"),
        (chat(#""response_format":"json""#), "response_format"),
        (chat(#""user":5"#), "user"),
    ])
    func namesTheMemberAtFault(body: String, param: String) throws {
        let error = try #require(refusal { () throws(APIError) in try request(body) })
        #expect(error.status == 400)
        #expect(error.type == "invalid_request_error")
        #expect(error.param == param)
    }

    @Test(arguments: [
        "", "[]", "nul", #"{"model":"m""#, #"{"model":"m","model":"n","messages":[{}]}"#,
        #"{"model":"m","messages":[\#(String(repeating: "[", count: 40))]}"#, "{\"model\":\"\u{1}\"}",
    ])
    func refusesWhatIsNoRequest(body: String) throws {
        let error = try #require(refusal { () throws(APIError) in try request(body) })
        #expect(error.status == 400)
        #expect(error.message.hasPrefix("We could not parse the JSON body of your request: "))
    }

    @Test(arguments: [("{}", "prompt"), (#"{"prompt":[]}"#, "prompt"), (#"{"prompt":["a",1]}"#, "prompt")])
    func refusesACompletionWithoutAPrompt(rest: String, param: String) throws {
        let body = #"{"model":"m""# + (rest == "{}" ? "}" : ",\(rest.dropFirst())")
        #expect(refusal { () throws(APIError) in try request(body, .completions) }?.param == param)
    }
}
