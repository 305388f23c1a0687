import Domain
import HTTP
import Ledger
import Server
import Testing

@testable import Gateway

/// What a request is charged, by what its backends said and by what was seen of their answers.
@Suite struct MeteringTests {
    /// A stream of `events` that goes on with `piece` until it is called off.
    private func endless(_ events: [String], piece: String) async throws -> ScriptedBackend {
        try await ScriptedBackend { exchange, _ in
            try await exchange.stream(events, ends: false)
            while true {
                try await exchange.write(Array(piece.utf8))
                try await exchange.pause(.milliseconds(2))
            }
        }
    }

    /// The one row of a stream from `backend` that its client leaves after some of it.
    private func rowOfAClientThatLeaves(_ backend: ScriptedBackend) async throws -> LedgerEntry {
        var row: LedgerEntry?
        try await withGateway([model("a", backend)]) { gateway in
            let request = Task { try await gateway.chat("a", #""stream":true"#) }
            #expect(try await eventually { gateway.metric("switchyard_sent_bytes_total") > 4000 })
            request.cancel()
            #expect(try await eventually { backend.inFlight == 0 })
            row = try await gateway.ledger().first
        }
        return try #require(row)
    }

    private func model(_ id: String, _ backend: ScriptedBackend, _ more: String = "") -> String {
        entry(id, at: backend.url, more)
    }

    /// Text, reasoning and the arguments of a tool call are generated alike: each piece is 40 bytes, 10 tokens.
    @Test(arguments: [
        #"{"content":"0123456789012345678901234567890123456789"}"#,
        #"{"reasoning_content":"0123456789012345678901234567890123456789"}"#,
        #"{"tool_calls":[{"index":0,"function":{"arguments":"0123456789012345678901234567890123456789"}}]}"#,
    ])
    func aClientThatLeavesPaysForWhatWasGenerated(delta: String) async throws {
        let entry = try await rowOfAClientThatLeaves(endless([Chat.role], piece: Chat.chunk(delta)))
        let usage = entry.request.usage
        #expect((entry.request.outcome, usage.source, usage.input) == (.clientClosed, .bytes, 3))
        #expect(usage.output >= 100 && usage.output.isMultiple(of: 10))
        #expect(entry.request.cost.nanodollars == Int64(3 * 2000 + usage.output * 8000))
    }

    /// maximhq/bifrost#3709: the first chunk says one token, and nothing says more.
    @Test func theFirstChunksUsageIsNotTheBillOfAStreamThatWasCalledOff() async throws {
        let first = #"{"prompt_tokens":100,"completion_tokens":1,"total_tokens":101}"#
        let start = Chat.event(
            #"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}],"usage":\#(first)}"#
        )
        let entry = try await rowOfAClientThatLeaves(endless([start], piece: Chat.hello))
        let usage = entry.request.usage
        #expect((usage.source, usage.input) == (.bytes, 100))
        #expect(usage.output > 10)
    }

    /// A whole answer cannot be seen growing, but its prompt was read, and the model's pace is known.
    @Test func aClientThatLeavesAWholeAnswerPaysForThePromptAndTheTime() async throws {
        let backend = try await ScriptedBackend { exchange, index in
            guard index == 0 else { return try await exchange.hang() }
            try await exchange.pause(.milliseconds(100))
            try await exchange.json(Chat.whole(content: "x", usage: #"{"prompt_tokens":3,"completion_tokens":1000}"#))
        }
        try await withGateway([model("a", backend)]) { gateway in
            _ = try await gateway.chat("a")
            let request = Task { try await gateway.chat("a") }
            #expect(try await eventually { backend.inFlight == 1 })
            try await Task.sleep(for: .milliseconds(100))
            request.cancel()
            #expect(try await eventually { gateway.active("a") == 0 && backend.inFlight == 0 })
            let row = try #require(try await gateway.ledger().last?.request)
            #expect((row.outcome, row.status, row.usage.source) == (.clientClosed, 499, .elapsed))
            #expect(row.usage.input == 3)
            #expect(row.usage.output > 50, "about a thousand in the time of the first")
            #expect(row.cost.nanodollars == Int64(3 * 2000 + row.usage.output * 8000))
        }
    }

    /// Nobody answers at this address: nothing was sent, so nothing was used.
    @Test func aClientThatLeavesBeforeAnythingWasSentPaysNothing() async throws {
        let silent = try await ScriptedBackend.silent()
        try await withGateway([model("a", silent, "concurrency_max: 1")]) { gateway in
            let first = Task { try await gateway.chat("a") }
            #expect(try await eventually { silent.inFlight == 1 })
            let second = Task { try await gateway.chat("a") }
            #expect(try await eventually { gateway.metric("switchyard_queue_depth") == 1 })
            second.cancel()
            #expect(try await eventually { gateway.metric("switchyard_queue_depth") == 0 })
            first.cancel()
            #expect(try await eventually { silent.inFlight == 0 })
            let rows = try await gateway.ledger().map(\.request)
            #expect(rows.map(\.outcome) == [.clientClosed, .clientClosed])
            #expect(rows.map { $0.cost > .zero }.sorted { !$0 && $1 } == [false, true])
        }
    }

    /// Zero tokens for real content: complaint 37 with its sign turned round.
    @Test func zeroUsageOfRealContentIsNotBelieved() async throws {
        let zero = #"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#
        let backend = try await ScriptedBackend { exchange, _ in
            try await exchange.json(Chat.whole(content: String(repeating: "x", count: 40), usage: zero))
        }
        try await withGateway([model("a", backend)]) { gateway in
            let answer = try await gateway.chat("a")
            #expect(answer.fields["x-switchyard-cost-usd"] == "0.000086000", "3 at 2 USD and 10 at 8 USD a million")
            let entry = try #require(try await gateway.ledger().first)
            #expect(entry.request.usage == TokenUsage(input: 3, output: 10, source: .bytes))
            #expect(entry.attempts.map(\.usage) == [entry.request.usage])
        }
    }

    /// What one answer teaches, the next one that says nothing is counted by.
    @Test func aModelsOwnBytesPerTokenAreLearned() async throws {
        let text = String(repeating: "x", count: 2000)
        let backend = try await ScriptedBackend { exchange, index in
            let usage = index == 0 ? #"{"prompt_tokens":500,"completion_tokens":1000,"total_tokens":1500}"# : nil
            try await exchange.json(Chat.whole(content: text, usage: usage))
        }
        try await withGateway([model("a", backend)]) { gateway in
            let body = #"{"model":"a","messages":[{"role":"user","content":"\#(text)"}]}"#
            for _ in 0..<2 { _ = try await gateway.post("chat/completions", body) }
            let usages = try await gateway.ledger().map(\.request.usage)
            #expect(usages.map(\.source) == [.provider, .calibratedBytes])
            #expect(
                usages.map(\.input) == [500, 500] && usages.map(\.output) == [1000, 1000],
                "four bytes a token would be 500"
            )
        }
    }

    /// A whole answer that is cut had been generated, and is billed; the attempt after it, too.
    @Test func aCutWholeAnswerIsCharged() async throws {
        let backend = try await ScriptedBackend { exchange, index in
            guard index == 0 else { return try await exchange.answerChat() }
            let head = Array("content-type: application/json\r\n".utf8)
            try await exchange.startStream(status: 200, fields: head)
            try await exchange.write(Array(#"{"choices":[{"message":{"content":"0123456789"#.utf8))
            exchange.abort()
        }
        let settings = "routing: { exploration: 0, retry_wait_seconds_max: 1 }"
        try await withGateway([model("a", backend)], settings: settings) { gateway in
            #expect(try await gateway.chat("a").status == 200)
            let entry = try #require(try await gateway.ledger().first)
            #expect(entry.attempts.map(\.usage.source) == [.bytes, .provider])
            #expect(entry.attempts.first.map { $0.cost > .zero } == true)
            #expect(entry.request.cost == entry.attempts.reduce(.zero) { $0 + $1.cost })
            #expect(entry.request.usage.source == .bytes, "the sum is as certain as its least certain part")
        }
    }

    @Test func soundHasItsOwnPrice() async throws {
        let usage = #"""
            {"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,\#
            "prompt_tokens_details":{"audio_tokens":40},"completion_tokens_details":{"audio_tokens":30}}
            """#
        let backend = try await ScriptedBackend { exchange, _ in
            try await exchange.json(Chat.whole(content: "Hello", usage: usage))
        }
        let prices = "prices: { input: 2, output: 8, audio_input: 40, audio_output: 80 }"
        try await withGateway([model("a", backend, prices)]) { gateway in
            _ = try await gateway.chat("a")
            let row = try #require(try await gateway.ledger().first?.request)
            #expect((row.usage.audioInput, row.usage.audioOutput) == (40, 30))
            #expect(row.cost.nanodollars == 60 * 2000 + 40 * 40_000 + 20 * 8000 + 30 * 80_000)
        }
    }
}
