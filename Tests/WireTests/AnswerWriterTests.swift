import Domain
import HTTP
import Testing
import Wire

@Suite struct AnswerWriterTests {
    private func writer(
        _ endpoint: Model.Endpoint,
        showsLogprobs: Bool = false,
        reportsUsage: Bool = false
    ) -> AnswerWriter {
        AnswerWriter(
            endpoint: endpoint,
            id: "i",
            created: 2,
            model: "m",
            systemFingerprint: "f",
            showsLogprobs: showsLogprobs,
            reportsUsage: reportsUsage
        )
    }

    private let usage = TokenUsage(input: 3, cachedInput: 1, output: 2, reasoning: 1)
    private let written =
        #""usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"#
        + #""prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":1}}"#
    private let tokens = [GeneratedToken("a", logprob: -0.5), GeneratedToken(" é", logprob: -1)]

    @Test func writesAWholeChat() {
        let choice = GeneratedChoice(tokens: tokens, call: nil, finishReason: .stop)
        #expect(
            text(writer(.chat).body([choice], usage: usage))
                == #"{"id":"i","object":"chat.completion","created":2,"model":"m","system_fingerprint":"f","choices":["#
                + #"{"index":0,"message":{"role":"assistant","content":"a é","refusal":null},"logprobs":null,"#
                + #""finish_reason":"stop"}],\#(written)}"#
        )
    }

    @Test func writesACall() {
        let call = GeneratedCall(id: "c", name: "f", arguments: #"{"x":1}"#)
        let choice = GeneratedChoice(tokens: [], call: call, finishReason: .toolCalls)
        #expect(
            text(writer(.chat).body([choice], usage: usage)).contains(
                #""message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"c","#
                    + #""type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}"#
            )
        )
    }

    @Test func writesProbabilitiesInBothShapes() {
        let choice = GeneratedChoice(tokens: tokens, call: nil, finishReason: .length)
        let chat = text(writer(.chat, showsLogprobs: true).body([choice], usage: usage))
        #expect(
            chat.contains(
                #""logprobs":{"content":[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[]},"#
                    + #"{"token":" é","logprob":-1.0,"bytes":[32,195,169],"top_logprobs":[]}],"refusal":null}"#
            )
        )
        let completion = text(writer(.completions, showsLogprobs: true).body([choice], usage: usage))
        #expect(
            completion.contains(
                #""text":"a é","logprobs":{"tokens":["a"," é"],"token_logprobs":[-0.5,-1.0],"top_logprobs":null,"#
                    + #""text_offset":[0,1]},"finish_reason":"length""#
            )
        )
    }

    /// What is written is read back: by the report of whole answers and by the meter of streams.
    @Test(arguments: [Model.Endpoint.chat, .completions])
    func writesStreamsThatTheMeterReads(endpoint: Model.Endpoint) throws {
        let writer = writer(endpoint, reportsUsage: true)
        var stream: [UInt8] = []
        if endpoint == .chat { writer.append(.opening, index: 0, to: &stream) }
        for token in tokens { writer.append(.token(token), index: 0, to: &stream) }
        writer.append(.end(.stop), index: 0, to: &stream)
        writer.append(usage, to: &stream)
        AnswerWriter.appendDone(to: &stream)

        var meter = StreamMeter(choiceCount: 1, clientWantsUsage: true, jsonDepthMax: 8)
        let steps = try events(text(stream)).map { meter.consume($0) }
        #expect(steps.dropLast().allSatisfy { $0 == .forward })
        #expect(steps.last == .done)
        #expect(meter.contentBytes == 4)
        #expect(meter.usage == usage)
        #expect(meter.finishReasons == [.stop])
    }

    @Test func writesEmbeddingsAsNumbersAndAsBase64() {
        #expect(
            text(EmbeddingsWriter.body([[1, -2]], isBase64: false, model: "m", inputTokens: 4))
                == #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0,-2.0]}],"#
                + #""model":"m","usage":{"prompt_tokens":4,"total_tokens":4}}"#
        )
        for (vector, base64) in [([1], "AACAPw=="), ([1, -2], "AACAPwAAAMA="), ([1, -2, 3], "AACAPwAAAMAAAEBA")] {
            let body = text(EmbeddingsWriter.body([vector.map(Float.init)], isBase64: true, model: "m", inputTokens: 1))
            #expect(body.contains(#""embedding":"\#(base64)""#))
        }
    }
}
