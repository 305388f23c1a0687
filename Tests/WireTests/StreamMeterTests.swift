import Domain
import HTTP
import Testing
import Wire

@Suite struct StreamMeterTests {
    /// What a client gets of a stream, and what the meter knows in the end.
    private struct Run {
        var meter: StreamMeter
        var relayed = ""
        var steps: [StreamMeter.Step] = []
        var failure: BackendError?

        init(_ stream: String, choices: Int = 1, wantsUsage: Bool = false) throws {
            meter = StreamMeter(choiceCount: choices, clientWantsUsage: wantsUsage, jsonDepthMax: 16)
            for event in try events(stream) {
                let step = meter.consume(event)
                steps.append(step)
                switch step {
                case .forward: relayed += text(event.raw)
                case .rewrite(let bytes): relayed += text(bytes)
                case .done: relayed += text(meter.ending)
                case .failed(let error): failure = error
                case .drop: break
                }
            }
        }
    }

    private static let role = chunk(#"{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}"#)
    private static let hello = chunk(#"{"index":0,"delta":{"content":"hello"},"finish_reason":null}"#)
    private static let stop = chunk(#"{"index":0,"delta":{},"finish_reason":"stop"}"#)
    private static let done = "data: [DONE]\n\n"
    private static let counts = #"{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}"#
    private static let usage = TokenUsage(input: 3, output: 4)

    private static func chunk(_ choices: String, rest: String = "") -> String {
        #"data: {"id":"1","object":"chat.completion.chunk","created":2,"model":"m","choices":[\#(choices)]\#(rest)}"#
            + "\n\n"
    }

    private static func chunk(_ choices: String, usage: String) -> String {
        chunk(choices, rest: #","usage":\#(usage)"#)
    }

    // MARK: Relaying

    @Test func relaysAPlainStreamAsItIs() throws {
        let stream = ": hi\n\n" + Self.role + Self.hello + Self.stop + Self.done
        for wantsUsage in [false, true] {
            let run = try Run(stream, wantsUsage: wantsUsage)
            #expect(run.relayed == stream)
            #expect(run.meter.isComplete)
            #expect(run.meter.finishReasons == [.stop])
            #expect(run.meter.model == "m")
            #expect(run.meter.contentBytes == 5)
            #expect(run.meter.usage == nil)
        }
    }

    @Test func keepsTheExtraUsageChunkFromAClientThatDidNotAsk() throws {
        let extra = Self.chunk("", usage: Self.counts)
        let run = try Run(Self.hello + Self.stop + extra + Self.done)
        #expect(run.relayed == Self.hello + Self.stop + Self.done)
        #expect(run.meter.usage == Self.usage)
    }

    @Test func relaysTheExtraUsageChunkToAClientThatAsked() throws {
        let stream = Self.hello + Self.stop + Self.chunk("", usage: Self.counts) + Self.done
        let run = try Run(stream, wantsUsage: true)
        #expect(run.relayed == stream)
        #expect(run.meter.usage == Self.usage)
    }

    @Test func movesUsageOfTheLastContentChunkIntoOneOfItsOwn() throws {
        let last = #"{"index":0,"delta":{},"finish_reason":"stop"}"#
        let stream = Self.hello + Self.chunk(last, usage: Self.counts) + Self.done
        let asked = try Run(stream, wantsUsage: true)
        #expect(
            asked.relayed == Self.hello + Self.chunk(last, usage: "null") + Self.chunk("", usage: Self.counts)
                + Self.done
        )
        #expect(asked.meter.usage == Self.usage)
        let unasked = try Run(stream)
        #expect(unasked.relayed == Self.hello + Self.stop + Self.done)
        #expect(unasked.meter.usage == Self.usage)
    }

    /// vLLM's `continuous_usage_stats`: counts that grow from chunk to chunk, then the extra chunk.
    @Test func takesContinuousUsageForOneReport() throws {
        func counted(_ choices: String, _ output: Int) -> String {
            Self.chunk(
                choices,
                usage: #"{"prompt_tokens":3,"total_tokens":\#(3 + output),"completion_tokens":\#(output)}"#
            )
        }
        let content = #"{"index":0,"delta":{"content":"a"},"finish_reason":null}"#
        let stop = #"{"index":0,"delta":{},"finish_reason":"stop"}"#
        let stream = counted(content, 1) + counted(content, 2) + counted(stop, 4) + counted("", 4) + Self.done
        let unasked = try Run(stream)
        #expect(unasked.relayed == Self.chunk(content) + Self.chunk(content) + Self.stop + Self.done)
        #expect(unasked.meter.usage == Self.usage)
        let asked = try Run(stream, wantsUsage: true)
        let null = [content, content, stop].map { Self.chunk($0, usage: "null") }.joined()
        #expect(asked.relayed == null + counted("", 4) + Self.done)
    }

    /// llama.cpp: `timings` beside usage, in the extra chunk.
    @Test func isNotConfusedByTimings() throws {
        let extra = Self.chunk("", rest: #","usage":\#(Self.counts),"timings":{"prompt_n":1,"predicted_n":2}"#)
        let run = try Run(Self.hello + Self.stop + extra + Self.done)
        #expect(run.relayed == Self.hello + Self.stop + Self.done)
        #expect(run.meter.usage == Self.usage)
    }

    /// Azure's first chunk: no choices, and no usage either.
    @Test func relaysChunksWithoutChoicesThatCarryNoUsage() throws {
        let first = Self.chunk("", rest: #","prompt_filter_results":[{"prompt_index":0}]"#)
        let null = Self.chunk("", usage: "null")
        let run = try Run(first + null + Self.hello + Self.stop + Self.done)
        #expect(run.relayed == first + null + Self.hello + Self.stop + Self.done)
    }

    @Test func givesAUsageChunkTheEmptyChoicesThatClientsExpect() throws {
        let run = try Run(Self.hello + Self.stop + "data: {\"usage\":\(Self.counts)}\n\n" + Self.done, wantsUsage: true)
        #expect(run.relayed.contains("data: {\"usage\":\(Self.counts),\"choices\":[]}\n\n"))
    }

    @Test func keepsTheFramingOfAChunkThatCameInSeveralLines() throws {
        let run = try Run(
            "data: {\"choices\":[{\"index\":0,\"text\":\"a\"}],\ndata: \"usage\":\(Self.counts)}\n\n",
            wantsUsage: true
        )
        #expect(run.relayed == "data: {\"choices\":[{\"index\":0,\"text\":\"a\"}], \"usage\":null}\n\n")
    }

    @Test func doesNotReadUsageInContent() throws {
        let content = #"{"index":0,"delta":{"content":"\"usage\":{\"prompt_tokens\":9}","usage":{"prompt_tokens":1}}}"#
        let run = try Run(Self.chunk(content))
        #expect(run.steps == [.forward])
        #expect(run.meter.usage == nil)
    }

    // MARK: Content

    @Test(arguments: [
        (#"{"index":0,"delta":{"role":"assistant","content":"","tool_calls":[],"refusal":null}}"#, 0),
        (#"{"index":0,"delta":{"content":"é"}}"#, 2),
        (#"{"index":0,"delta":{"reasoning_content":"hm"}}"#, 2),
        (#"{"index":0,"delta":{"refusal":"no"}}"#, 2),
        (#"{"index":0,"text":"abc","logprobs":{"tokens":["abc"]}}"#, 3),
        (
            #"""
            {"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function",
            """#
                + #""function":{"name":"f","arguments":"{}"}}]}}"#, 3
        ),
    ])
    func knowsContentFromCeremony(choice: String, contentBytes: Int) throws {
        let run = try Run(Self.chunk(choice.filter { $0 != "\n" }))
        #expect(run.meter.contentBytes == contentBytes)
        #expect(run.meter.hasContent == (contentBytes > 0))
    }

    @Test func takesAFinishReasonForContent() throws {
        #expect(try Run(Self.stop).meter.hasContent)
    }

    // MARK: The end

    @Test func isCompleteWithoutDoneOnceEveryChoiceHasFinished() throws {
        let second = Self.chunk(#"{"index":1,"delta":{},"finish_reason":"length"}"#)
        #expect(try !Run(Self.hello + Self.stop, choices: 2).meter.isComplete)
        #expect(try !Run(Self.hello + Self.stop + Self.stop, choices: 2).meter.isComplete)
        let run = try Run(Self.hello + second + Self.stop, choices: 2)
        #expect(run.meter.isComplete)
        #expect(run.meter.finishReasons == [.stop, .length])
        #expect(text(run.meter.ending) == Self.done)
    }

    @Test func isCutWithoutAnEnd() throws {
        #expect(try !Run(Self.role + Self.hello).meter.isComplete)
    }

    @Test func dropsWhatComesAfterTheEnd() throws {
        let run = try Run(Self.hello + Self.stop + Self.done + Self.hello + Self.done)
        #expect(run.relayed == Self.hello + Self.stop + Self.done)
    }

    @Test func takesDoneBeforeAnyContentForACut() throws {
        #expect(try Run(Self.role + Self.done).failure?.kind == .cut)
    }

    @Test func ignoresIndicesThatWereNotAskedFor() throws {
        let odd = [-1, 7, Int.max].map { Self.chunk(#"{"index":\#($0),"delta":{},"finish_reason":"stop"}"#) }
        let run = try Run(odd.joined())
        #expect(!run.meter.isComplete)
        #expect(run.meter.finishReasons.isEmpty)
    }

    // MARK: Failures

    @Test(arguments: [
        ("data: {\"error\":{\"message\":\"busy\",\"code\":503}}\n\n", BackendError.Kind.overloaded),
        ("data: {\"error\":\"boom\"}\n\n", .serverError),
        ("data: {\"choices\":[],\"error\":{\"type\":\"rate_limit_error\"}}\n\n", .rateLimited),
        ("data: {\"object\":\"error\",\"message\":\"m\",\"code\":400}\n\n", .invalidRequest),
        ("event: error\ndata: {\"message\":\"m\"}\n\n", .serverError),
        ("data: {\"choices\":[\n\n", .malformed),
        ("data: hello\n\n", .malformed),
        ("data: 7\n\n", .malformed),
        ("data: <html>\n\n", .malformed),
    ])
    func failsOnErrorsInBandAndOnGarbage(event: String, kind: BackendError.Kind) throws {
        let run = try Run(Self.hello + event + Self.stop + Self.done)
        #expect(run.failure?.kind == kind)
        #expect(run.relayed == Self.hello)
        #expect(!run.meter.isComplete)
    }

    @Test(arguments: ["null", "false", #""""#, "{}", "[]", "0"])
    func goesOnWhereTheErrorIsNone(value: String) throws {
        let chunk = Self.chunk(#"{"index":0,"delta":{"content":"a"}}"#, rest: #","error":\#(value)"#)
        #expect(try Run(chunk).relayed == chunk)
    }

    /// Clients read these, so they are relayed; the gateway only can't tell what is in them.
    @Test(arguments: [
        #"{"choices":[],"choices":[{"index":0}]}"#,
        "{\"deep\":\(String(repeating: "[", count: 20))\(String(repeating: "]", count: 20))}",
    ])
    func relaysWhatItIsTooStrictToRead(data: String) throws {
        let run = try Run("data: \(data)\n\n")
        #expect(run.steps == [.forward])
        #expect(run.meter.hasContent)
    }

    @Test func relaysHalfACharacter() throws {
        let run = try Run(Self.chunk(#"{"index":0,"delta":{"content":"\ud83d"}}"#))
        #expect(run.steps == [.forward])
        #expect(run.meter.hasContent)
    }

    @Test func dropsEventsWithoutData() throws {
        #expect(try Run("data:\n\n").steps == [.drop])
        #expect(try Run(": ping\n\n").steps == [.forward])
    }

    // MARK: Properties

    /// Whatever follows a plain chunk, like it or nearly, is read as it is after any other.
    @Test(arguments: 0..<100)
    func readsChunksThatLookLikeTheOneBeforeAsIfTheyCameFirst(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let plain =
            [
                Self.hello, Self.chunk(#"{"index":0,"text":"hello"}"#, usage: "null"),
                Self.chunk(#"{"index":0,"delta":{"content":"hello"},"finish_reason":"stop"}"#),
                Self.chunk(#"{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"hello"}}]}}"#),
            ].randomElement(using: &generator).map { bytes($0) } ?? []
        let texts = [
            "", "a", "é", #"\n"#, #"\ud83d"#, #"\x"#, "\"", #"\"#, #"","index":0,"text":""#, "\u{1}", "hello",
        ]
        let signs = bytes(#"{}[],:"\ 0aelnru"#) + [0xC3, 0x01]
        // Neither text nor an end: nothing after it is known by it.
        let other = bytes(Self.chunk(#"{"index":0,"delta":{}}"#))
        for _ in 0..<50 {
            var next = plain
            if let place = next.indices.first(where: { next[$0...].starts(with: bytes("hello")) }) {
                next.replaceSubrange(place..<place + 5, with: bytes(texts.randomElement(using: &generator) ?? ""))
            }
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                let place = Int.random(in: 6..<next.count - 2, using: &generator)
                next[place] = signs.randomElement(using: &generator) ?? 0
            }
            let seen = try outcome(of: plain + next)
            let expected = try outcome(of: plain + other + next)
            #expect(seen.step == expected.step, "\(text(next))")
            #expect(seen.meter.contentBytes == expected.meter.contentBytes, "\(text(next))")
            #expect(seen.meter.finishReasons == expected.meter.finishReasons, "\(text(next))")
            #expect(seen.meter.usage == expected.meter.usage, "\(text(next))")
        }
    }

    /// The last step of a stream, and the meter behind it.
    private func outcome(of stream: [UInt8]) throws -> (step: StreamMeter.Step, meter: StreamMeter) {
        var meter = StreamMeter(choiceCount: 1, clientWantsUsage: false, jsonDepthMax: 16)
        var step = StreamMeter.Step.drop
        for event in try events(of: stream) { step = meter.consume(event) }
        return (step, meter)
    }

    /// However text, tool calls and reports mix: the client's stream has usage only if it asked, and then once, last.
    @Test(arguments: 0..<200)
    func showsUsageOnceAndOnlyToThoseWhoAsked(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let choices = [
            #"{"index":0,"delta":{"content":"usage"},"finish_reason":null}"#,
            #"{"index":0,"delta":{"tool_calls":[{"function":{"arguments":"{\"usage\":{}}"}}]}}"#,
        ]
        var stream = ""
        for _ in 0..<8 {
            let choice = choices.randomElement(using: &generator) ?? ""
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: stream += Self.chunk(choice)
            case 1: stream += Self.chunk(choice, usage: "null")
            default: stream += Self.chunk(choice, usage: Self.counts)
            }
        }
        stream += Self.chunk(#"{"index":0,"delta":{},"finish_reason":"stop"}"#, usage: Self.counts)
        if Bool.random(using: &generator) { stream += Self.chunk("", usage: Self.counts) }
        stream += Self.done

        let report = #""usage":{"prompt_tokens""#
        let unasked = try Run(stream)
        #expect(!unasked.relayed.contains(report))
        let asked = try Run(stream, wantsUsage: true)
        #expect(asked.relayed.split(separator: report, omittingEmptySubsequences: false).count == 2)
        #expect(asked.relayed.hasSuffix(Self.chunk("", usage: Self.counts) + Self.done))
        #expect(unasked.meter.contentBytes == asked.meter.contentBytes)
        #expect(asked.meter.usage == Self.usage)
    }
}
