import Domain
import HTTP
import Testing
import Wire

/// A stream that the gateway ends, because a budget allows no more of it.
@Suite struct TruncationTests {
    private func meter(after stream: String, choices: Int = 1, wantsUsage: Bool = false) throws -> StreamMeter {
        var meter = StreamMeter(choiceCount: choices, clientWantsUsage: wantsUsage, jsonDepthMax: 16)
        for event in try events(stream) { _ = meter.consume(event) }
        return meter
    }

    private func chunk(_ choices: String) -> String {
        #"data: {"id":"1","object":"chat.completion.chunk","created":2,"model":"m","choices":[\#(choices)]}"# + "\n\n"
    }

    private let hello = #"{"index":0,"delta":{"content":"hello"},"finish_reason":null}"#

    @Test func endsWithLengthUnderTheStreamsOwnIdentity() throws {
        var meter = try meter(after: chunk(hello))
        let end = text(meter.truncate(because: "budget daily", usage: TokenUsage(input: 3, output: 2)) + meter.ending)
        let last = chunk(#"{"index":0,"delta":{},"finish_reason":"length"}"#)
        #expect(end == ": x-switchyard-truncated: budget daily\n\n" + last + "data: [DONE]\n\n")
        #expect(meter.finishReasons == [.length])
        #expect(meter.isComplete)
    }

    @Test func endsOnlyTheChoicesThatGoOn() throws {
        let ended = #"{"index":1,"delta":{},"finish_reason":"stop"}"#
        var meter = try meter(after: chunk(hello) + chunk(ended), choices: 3)
        let end = text(meter.truncate(because: "b", usage: .zero))
        #expect(end.contains(#""index":0,"delta":{},"finish_reason":"length""#))
        #expect(!end.contains(#""index":1"#))
        #expect(end.contains(#""index":2,"delta":{},"finish_reason":"length""#))
        #expect(meter.finishReasons == [.length, .stop, .length])
    }

    @Test func tellsTheUsageToAClientThatAsked() throws {
        var meter = try meter(after: chunk(hello), wantsUsage: true)
        let end = text(meter.truncate(because: "b", usage: TokenUsage(input: 3, output: 2)) + meter.ending)
        #expect(end.contains(#""choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5"#))
        #expect(end.hasSuffix("data: [DONE]\n\n"))
    }

    @Test func speaksTheOlderAPIToItsClients() throws {
        let old =
            #"data: {"id":"1","object":"text_completion","choices":[{"index":0,"text":"hi","finish_reason":null}]}"#
        var meter = try meter(after: old + "\n\n")
        #expect(
            text(meter.truncate(because: "b", usage: .zero)).contains(
                #"{"index":0,"text":"","finish_reason":"length"}"#
            )
        )
    }

    /// A name of a budget that a file gives may not end the comment and begin an event.
    @Test func keepsTheReasonInItsComment() throws {
        var meter = try meter(after: chunk(hello))
        let end = text(meter.truncate(because: "a\n\ndata: x", usage: .zero))
        #expect(end.hasPrefix(": x-switchyard-truncated: a  data: x\n\n"))
    }

    @Test func happensOnce() throws {
        var meter = try meter(after: chunk(hello))
        _ = meter.truncate(because: "b", usage: .zero)
        #expect(meter.truncate(because: "b", usage: .zero).isEmpty)
        let event = try #require(try events(chunk(hello)).first)
        #expect(meter.consume(event) == .drop)
    }
}

@Suite struct OutputLimitTests {
    private func body(_ members: String, limit: Int, key: StaticString = "max_tokens") throws -> String {
        let json = #"{"model":"m","messages":[{"role":"user","content":"x"}]\#(members)}"#
        let request = try InferenceRequest(Array(json.utf8), endpoint: .chat, jsonDepthMax: 16)
        return text(request.upstreamBody(model: "m", requestingUsage: false, outputTokensMax: limit, limitKey: key))
    }

    @Test func lowersTheLimitWhereTheClientHasIt() throws {
        #expect(try body(#","max_tokens":500"#, limit: 7).hasSuffix(#","max_tokens":7}"#))
        #expect(try body(#","max_completion_tokens":500"#, limit: 7).hasSuffix(#","max_completion_tokens":7}"#))
        #expect(
            try body(#","max_tokens":500,"max_completion_tokens":600"#, limit: 7)
                .hasSuffix(#","max_tokens":7,"max_completion_tokens":7}"#)
        )
    }

    @Test func addsALimitWhereTheClientHasNone() throws {
        #expect(try body("", limit: 7).hasSuffix(#","max_tokens":7}"#))
        #expect(try body(#","max_tokens":null"#, limit: 7).hasSuffix(#","max_tokens":7}"#))
        #expect(try body("", limit: 7, key: "max_completion_tokens").hasSuffix(#","max_completion_tokens":7}"#))
    }
}
