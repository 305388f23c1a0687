import Configuration
import Domain
import Glibc
import HTTP
import Reactor
import Testing
import Wire

@testable import Simulation

@Suite struct SimulatedBackendTests {
    private func report(_ answer: Client.Answer, _ endpoint: Model.Endpoint = .chat) throws -> CompletionReport {
        try CompletionReport(Array(answer.body.utf8), endpoint: endpoint, jsonDepthMax: 16)
    }

    private func meter(_ answer: Client.Answer, choices: Int = 1) throws -> StreamMeter {
        var parser = EventStreamParser(eventBytesMax: 1 << 16)
        var meter = StreamMeter(choiceCount: choices, clientWantsUsage: true, jsonDepthMax: 16)
        parser.append(Array(answer.body.utf8)[...])
        while let event = try parser.next() {
            if case .failed(let error) = meter.consume(event) { throw error }
        }
        return meter
    }

    @Test func answersChatsAndCompletions() async throws {
        try await serve(["m": []]) { client throws in
            let answer = try client.post("/v1/chat/completions", chat("m", #""max_tokens":4"#))
            #expect(answer.status == 200)
            #expect(answer.head.contains("x-switchyard-simulated: true"))
            #expect(answer.body.contains(#""content":"[simulated by Switchyard] "#))
            #expect(answer.body.contains(#""system_fingerprint":"simulated""#))
            let chatReport = try report(answer)
            #expect(chatReport.usage == TokenUsage(input: 1, output: 4))
            #expect(chatReport.finishReasons == [.length])
            let completion = try client.post("/v1/completions", #"{"model":"m","prompt":["a","b"],"max_tokens":4}"#)
            #expect(try report(completion, .completions).finishReasons == [.length, .length])
            #expect(completion.body.contains(#""text":"[simulated by Switchyard] "#))
        }
    }

    @Test func streamsChoicesAndUsage() async throws {
        try await serve(["m": ["time_between_tokens_ms: 0.1"]]) { client throws in
            let wish = #""stream":true,"n":2,"stream_options":{"include_usage":true}"#
            let answer = try client.post("/v1/chat/completions", chat("m", wish))
            #expect(answer.head.contains("content-type: text/event-stream"))
            #expect(answer.body.hasSuffix("data: [DONE]\n\n"))
            let meter = try meter(answer, choices: 2)
            #expect(meter.isComplete)
            #expect(meter.finishReasons == [.stop, .stop])
            #expect((meter.usage?.output ?? 0) >= 16)
            let events = answer.body.split(separator: "\n\n")
            #expect(events.dropLast(2).allSatisfy { $0.hasSuffix(#","usage":null}"#) })
            #expect(events.dropLast().last?.contains(#""choices":[],"usage":{"prompt_tokens":1"#) == true)
            let plain = try client.post("/v1/chat/completions", chat("m", #""stream":true"#))
            #expect(!plain.body.contains("usage"))
            #expect(plain.body.hasSuffix("data: [DONE]\n\n"))
        }
    }

    @Test func streamsCallsOfTools() async throws {
        try await serve(["m": []]) { client throws in
            let tools = #""tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"a":{}}}}}]"#
            let answer = try client.post(
                "/v1/chat/completions",
                chat("m", #""stream":true,"tool_choice":"required",\#(tools)"#)
            )
            let meter = try meter(answer)
            #expect(meter.finishReasons == [.toolCalls])
            #expect(meter.contentBytes >= #"f{"a":"simulated"}"#.utf8.count)
        }
    }

    @Test func paces() async throws {
        let slow = ["time_to_first_token_ms: { mean: 30, deviation: 0 }", "time_between_tokens_ms: 10"]
        try await serve(["m": slow + ["output_tokens: { mean: 1, max: 1 }"]]) { client throws in
            for wish in ["false", "true"] {
                let start = Instant.now
                let answer = try client.post("/v1/chat/completions", chat("m", #""stream":\#(wish)"#))
                #expect(answer.status == 200)
                // One gap of 5 to 15 ms after the first token.
                #expect(start.duration(to: .now) >= .milliseconds(35))
            }
        }
    }

    @Test func embedsTextsThatShareWordsCloseToEachOther() async throws {
        try await serve(["m": []]) { client throws in
            let body = #"{"model":"m","input":["red train","red wagon","blue ship"],"dimensions":64}"#
            let answer = try client.post("/v1/embeddings", body)
            #expect(try report(answer, .embeddings).usage?.input == 7)
            let document = try JSONDocument(parsing: Array(answer.body.utf8), depthMax: 8)
            let data = try #require(document["data"])
            let vectors = try document.elements(of: data).map { object in
                let embedding = try #require(try document.member("embedding", of: object))
                return document.elements(of: embedding).compactMap(document.double)
            }
            #expect(vectors.map(\.count) == [64, 64, 64])
            func product(_ left: Int, _ right: Int) -> Double {
                zip(vectors[left], vectors[right]).reduce(0) { $0 + $1.0 * $1.1 }
            }
            #expect(abs(product(0, 0) - 1) < 1e-6)
            #expect(product(0, 1) > 0.4)
            #expect(abs(product(0, 2)) < 0.4)
        }
    }

    @Test func failsAsItIsSet() async throws {
        try await serve(["m": ["error_rate: 1"]]) { client throws in
            var statuses: Set<Int> = []
            for seed in 0..<12 {
                let answer = try client.post(
                    "/v1/chat/completions",
                    chat("m"),
                    fields: "x-simulation-seed: \(seed)\r\n"
                )
                statuses.insert(answer.status)
                #expect(answer.body.contains("[simulated by Switchyard]"))
                #expect(answer.head.contains("retry-after: 1") == (answer.status != 500))
            }
            #expect(statuses == [429, 500, 503])
        }
    }

    @Test func cutsStreamsWithAReset() async throws {
        try await serve(["m": ["cut_rate: 1", "time_between_tokens_ms: 1"]]) { client throws in
            for seed in 0..<5 {
                let answer = try client.post(
                    "/v1/chat/completions",
                    chat("m", #""stream":true"#),
                    fields: "x-simulation-seed: \(seed)\r\n"
                )
                #expect(answer.error == ECONNRESET)
                #expect(!answer.body.contains("[DONE]") && !answer.body.contains(#""finish_reason":"stop""#))
            }
        }
    }

    @Test func stallsStreamsWithoutClosingThem() async throws {
        try await serve(["m": ["stall_rate: 1"]]) { client throws in
            var client = client
            client.patienceMilliseconds = 200
            let answer = try client.post("/v1/chat/completions", chat("m", #""stream":true"#))
            #expect(answer.status == 200)
            #expect(answer.error == EAGAIN)
            #expect(!answer.body.contains("[DONE]"))
        }
    }

    @Test func repeatsWhatASeedDraws() async throws {
        try await serve(["m": []]) { client throws in
            func content(_ seed: Int) throws -> Substring {
                let answer = try client.post(
                    "/v1/chat/completions",
                    chat("m"),
                    fields: "x-simulation-seed: \(seed)\r\n"
                )
                return try #require(answer.body.split(separator: #""content":"#).last)
            }
            #expect(try content(5) == content(5))
            #expect(try content(5) != content(6))
        }
    }

    @Test func listsItsModels() async throws {
        try await serve(["a": [], "b": []]) { client throws in
            let list = try client.get("/v1/models").body
            #expect(list.contains(#""id":"a","object":"model""#) && list.contains(#""owned_by":"simulated""#))
            #expect(try client.get("/v1/models/b").body.hasPrefix(#"{"id":"b""#))
            #expect(try client.get("/healthz").status == 200)
        }
    }

    @Test func refusesWhatItDoesNotServe() async throws {
        try await serve(["m": []]) { client throws in
            #expect(try client.get("/v1/models/c").status == 404)
            #expect(try client.get("/v1/chat/completions").status == 405)
            #expect(try client.post("/v1/models", "{}").status == 405)
            #expect(try client.get("/").status == 404)
            #expect(try client.post("/v1/chat/completions", chat("other")).body.contains("model_not_found"))
            #expect(try client.post("/v1/chat/completions", "{").status == 400)
        }
    }
}
