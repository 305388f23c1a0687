import Configuration
import Glibc
import HTTP
import Reactor
import Testing

@testable import Simulation

@Suite struct FaultTests {
    /// One answer for each word, with what tells it from a right one.
    private func answer(_ fault: String, streams: Bool, patience: Int = 20_000) async throws -> Client.Answer {
        var answer: Client.Answer?
        try await serve(["m": ["script: '\(fault)'"]]) { client throws in
            var client = client
            client.patienceMilliseconds = patience
            let wish = #""stream":\#(streams),"stream_options":{"include_usage":true}"#
            answer = try client.post("/v1/chat/completions", chat("m", wish))
        }
        return try #require(answer)
    }

    private func isWhole(_ answer: Client.Answer) -> Bool {
        answer.body.contains("[DONE]") || (try? JSONDocument(parsing: Array(answer.body.utf8), depthMax: 16)) != nil
    }

    @Test(arguments: [
        ("503", 503, "server_error"), ("529", 529, "overloaded_error"), ("429", 429, "rate_limit_exceeded"),
        ("500", 500, "server_error"), ("context_exceeded", 400, "context_length_exceeded"),
        ("content_refused", 400, "content_policy_violation"),
    ])
    func refuses(fault: String, status: Int, word: String) async throws {
        for streams in [false, true] {
            let answer = try await answer(fault, streams: streams)
            #expect(answer.status == status)
            #expect(answer.body.contains(word))
            #expect(!answer.head.contains("retry-after"))
        }
    }

    @Test(arguments: [
        ("429:seconds=2", "retry-after: 2\r\n"), ("503:ms=1500", "retry-after-ms: 1500"),
        ("429:date=60", " GMT\r\n"),
    ])
    func saysWhenToComeBack(fault: String, field: String) async throws {
        let head = try await answer(fault, streams: false).head
        #expect("\(head)\r\n".contains(field))
        #expect(head.contains("retry-after"))
    }

    @Test(arguments: ["hang_up", "cut:0", "cut:3"], [false, true])
    func resetsTheConnection(fault: String, streams: Bool) async throws {
        let answer = try await answer(fault, streams: streams)
        #expect(answer.error == ECONNRESET)
        #expect(answer.body.contains("simulated by") == (fault == "cut:3"))
        #expect(!isWhole(answer))
        #expect((answer.status == 0) == (fault == "hang_up"))
    }

    @Test(arguments: ["silence", "stall:0", "stall:3"], [false, true])
    func fallsSilent(fault: String, streams: Bool) async throws {
        let answer = try await answer(fault, streams: streams, patience: 200)
        #expect(answer.error == EAGAIN)
        #expect((answer.status == 0) == (fault == "silence"))
        #expect(!isWhole(answer))
    }

    @Test(arguments: [false, true])
    func neverEnds(streams: Bool) async throws {
        try await serve(["m": ["script: 'endless*'"]]) { client throws in
            // Bytes keep coming until the client has had enough.
            let count = try client.post("/v1/chat/completions", chat("m", #""stream":\#(streams)"#), bytesMax: 100_000)
            #expect(count >= 100_000)
        }
    }

    @Test func breaksWholeAnswers() async throws {
        for fault in ["malformed:3", "truncated"] {
            let answer = try await answer(fault, streams: false)
            #expect(answer.status == 200 && answer.error == 0 && !isWhole(answer))
        }
        let page = try await answer("wrong_content_type", streams: false)
        #expect(page.status == 200 && page.head.contains("content-type: text/html"))
        #expect(try await answer("error_event:3", streams: false).body.hasPrefix(#"{"error":"#))
    }

    @Test func breaksStreams() async throws {
        let malformed = try await answer("malformed:3", streams: true)
        #expect(malformed.body.contains("\"choi\n\n") && malformed.body.hasSuffix("data: [DONE]\n\n"))
        let truncated = try await answer("truncated", streams: true)
        #expect(truncated.error == 0 && truncated.body.hasSuffix("chatcmpl-") && !isWhole(truncated))
        let failed = try await answer("error_event:3", streams: true)
        #expect(failed.body.contains("rate_limit_exceeded") && !isWhole(failed))
        let open = try await answer("no_done", streams: true)
        #expect(open.error == 0 && open.body.contains(#""finish_reason":"stop""#) && !isWhole(open))
        let more = try await answer("after_done", streams: true)
        #expect(more.body.hasSuffix("data: [DONE]\n\ndata: garbage\n\n"))
    }

    @Test(arguments: [false, true])
    func filtersContent(streams: Bool) async throws {
        let answer = try await answer("content_filter:3", streams: streams)
        #expect(answer.body.contains(#""finish_reason":"content_filter""#))
        #expect(answer.body.contains(#""completion_tokens":3"#))
        #expect(isWhole(answer))
    }

    @Test(arguments: [false, true])
    func liesAboutUsage(streams: Bool) async throws {
        let missing = try await answer("usage_missing", streams: streams)
        #expect(!missing.body.contains("prompt_tokens") && isWhole(missing))
        let wrong = try await answer("usage_wrong", streams: streams)
        #expect(wrong.body.contains(#""prompt_tokens":-3"#) && isWhole(wrong))
    }

    @Test(arguments: [false, true])
    func dripsARightAnswer(streams: Bool) async throws {
        let answer = try await answer("drip", streams: streams)
        #expect(answer.error == 0 && isWhole(answer))
        #expect(answer.body.contains(#""finish_reason":"stop""#))
    }

    @Test func aRequestScriptsItsOwnFaultsByModelAndAttempt() async throws {
        try await serve(["a": [], "b": []]) { client throws in
            func status(_ model: String, _ script: String, id: String) throws -> Int {
                let metadata = #""metadata":{"simulate":"\#(script)"}"#
                let body = chat(model, metadata)
                return try client.post("/v1/chat/completions", body, fields: "x-request-id: \(id)\r\n").status
            }
            let script = "a=503*2, 429; *=500*"
            #expect(try (0..<4).map { _ in try status("a", script, id: "1") } == [503, 503, 429, 200])
            #expect(try (0..<2).map { _ in try status("b", script, id: "1") } == [500, 500])
            #expect(try status("a", script, id: "2") == 503)
            #expect(try status("b", "a=503", id: "3") == 200)
            #expect(try status("a", "429:seconds=2", id: "4") == 429)
            #expect(try status("a", "nonsense", id: "5") == 400)
            let header = try client.post("/v1/chat/completions", chat("a"), fields: "x-simulate: a=404\r\n")
            #expect(header.status == 404)
        }
    }

    @Test func tellsWhatItWasAsked() async throws {
        try await serve(["a": ["script: 'ok, 503, stall:1'", "output_tokens: { mean: 1, max: 1 }"], "b": []]) {
            (client) throws in
            var client = client
            client.patienceMilliseconds = 100
            for _ in 0..<3 { _ = try client.post("/v1/chat/completions", chat("a", #""stream":true"#)) }
            let expected = """
                {"models":[{"id":"a","calls":3,"in_flight":0,"aborted":1,"tokens":3,"faults":{"503":1,"stall":1}},\
                {"id":"b","calls":0,"in_flight":0,"aborted":0,"tokens":0,"faults":{}}]}
                """
            // The close of the last one may be a moment away.
            var stats = ""
            for _ in 0..<50 where stats != expected {
                stats = try client.get("/simulation/stats").body
                usleep(10_000)
            }
            #expect(stats == expected)
        }
    }

    @Test func addressesThatAreDownRefuseOrHang() async throws {
        let refusing = try DeadEnd(.refusing, address: SocketAddress("127.0.0.1:0"))
        let hanging = try DeadEnd(.hanging, address: SocketAddress("127.0.0.1:0"))
        func port(_ end: DeadEnd) -> UInt16 {
            end.address.description.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
        }
        #expect(throws: IOError.system("connect", ECONNREFUSED)) { try Client(port: port(refusing)).get("/") }
        var client = Client(port: port(hanging))
        client.patienceMilliseconds = 300
        #expect(throws: IOError.system("connect", EINPROGRESS)) { try client.get("/") }
    }
}
