import Domain
import HTTP
import Ledger
import Server
import Testing

@testable import Gateway

/// The cheapest model answers first; where its answer does not pass, a better one is asked, and both are charged.
@Suite struct CascadeTests {
    private static let json = #"{\"name\": \"Alice\"}"#
    private static let prompt = "Give me the name as JSON with keys: name. I am Alice."

    /// A backend that says `text`, whole or as a stream of `pieces`.
    private func backend(
        _ text: String,
        finish: String = "stop",
        after pause: Duration = .zero
    ) async throws -> ScriptedBackend {
        try await ScriptedBackend { exchange, _ in
            try await exchange.pause(pause)
            guard exchange.body.text.contains(#""stream":true"#) else {
                let answer = Chat.whole(content: text, usage: Chat.usage)
                return try await exchange.json(answer.replacing(#""stop""#, with: #""\#(finish)""#))
            }
            let pieces = text.isEmpty ? [] : [Chat.chunk(#"{"content":"\#(text)"}"#)]
            try await exchange.stream(
                [Chat.role] + pieces + [Chat.chunk("{}", finish: #""\#(finish)""#), Chat.usageChunk, Chat.done]
            )
        }
    }

    /// Three models, each dearer and better than the one before: 0.36, 0.72 and 1.44 millidollars an answer.
    private func models(_ urls: [String]) -> [String] {
        let figures = [("2", "8", "0.5"), ("4", "16", "0.7"), ("8", "32", "0.9")]
        return zip(["a", "b", "c"], zip(urls, figures)).map { id, rest in
            let (url, (input, output, quality)) = rest
            let more =
                "quality: \(quality), features: [structured_output], prices: { input: \(input), output: \(output) }"
            return entry(id, at: url, more)
        }
    }

    private static func settings(_ cascade: String = "", _ routing: String = "", _ more: String = "") -> String {
        """
        routing:
          exploration: 0
          default_strategy: cascade
          required_quality_from_complexity: false
          retry_wait_seconds_max: 0
          cascade: { \(cascade) }
          \(routing)
        carbon: { router_watts: 0 }
        \(more)
        """
    }

    private func ask(
        _ gateway: RunningGateway,
        _ prompt: String = prompt,
        stream: Bool = false,
        _ more: String = ""
    ) async throws -> RunningGateway.Answer {
        let messages = #""messages":[{"role":"user","content":"\#(prompt)"}]"#
        return try await gateway.post("route", #"{"model":"auto","stream":\#(stream),\#(messages)\#(more)}"#)
    }

    private func cascades(_ result: String) -> String { #"switchyard_cascades_total{result="\#(result)"}"# }

    @Test(arguments: [false, true])
    func whatPassesIsGivenAsItIs(stream: Bool) async throws {
        let (cheap, better) = (try await backend(Self.json), try await backend("no"))
        try await withGateway(models([cheap.url, better.url]), settings: Self.settings()) { gateway in
            let answer = try await ask(gateway, stream: stream)
            #expect(answer.status == 200 && answer.body.contains("Alice") && better.requests.isEmpty)
            #expect(answer.fields["x-switchyard-cascade"] == "accepted")
            #expect(answer.fields["x-switchyard-attempts"] == "1")
            #expect(answer.fields["x-switchyard-model"] == "a")
            try await comesTrue { gateway.metric(cascades("accepted")) == 1 }
        }
    }

    @Test(arguments: [false, true])
    func whatDoesNotPassIsAnsweredByABetterModelAndBothAreCharged(stream: Bool) async throws {
        let (cheap, better) = (try await backend("Sure, Alice!"), try await backend(Self.json))
        try await withGateway(models([cheap.url, better.url]), settings: Self.settings()) { gateway in
            let answer = try await ask(gateway, stream: stream)
            #expect(answer.status == 200 && answer.body.contains(#"\"name\""#) && !answer.isCut, "\(answer.body)")
            #expect(!answer.body.contains("Sure"))
            #expect(answer.fields["x-switchyard-cascade"] == "escalated; from=a; because=invalid_json")
            #expect(answer.fields["x-switchyard-model"] == "b" && answer.fields["x-switchyard-attempts"] == "2")
            let entry = try #require(try await gateway.ledger().last)
            #expect(entry.request.outcome == .completed && entry.request.strategy == "cascade")
            #expect(entry.request.chosenModel?.rawValue == "a" && entry.request.modelUsed?.rawValue == "b")
            #expect(entry.attempts.map(\.outcome) == [.superseded, .completed])
            #expect(entry.attempts.first?.errorText == "escalated: invalid_json")
            // 0.36 millidollars for the answer that was not given, 0.72 for the one that was.
            #expect(entry.attempts.map(\.cost.nanodollars) == [Chat.costNanodollars, 2 * Chat.costNanodollars])
            #expect(entry.request.cost.nanodollars == 3 * Chat.costNanodollars)
            #expect(entry.request.usage.output == 40)
            #expect(entry.request.features.text.contains(#""cascade":"escalated; from=a; because=invalid_json""#))
            try await comesTrue { gateway.metric(cascades("escalated")) == 1 }
            #expect((gateway.active("a"), gateway.active("b")) == (0, 0))
            // The backend answered as it should: its form is not its health.
            #expect(gateway.metric(#"switchyard_model_circuit{model="a",state="closed"}"#) == 1)
        }
    }

    /// As OpenAI's clients ask for it, and by what `response_format` says rather than the prompt.
    @Test func chatsCascadeByTheirModelsName() async throws {
        let (cheap, better) = (try await backend("Sure!"), try await backend(Self.json))
        try await withGateway(models([cheap.url, better.url]), settings: "routing: { exploration: 0 }") { gateway in
            let answer = try await gateway.chat("auto:cascade", #""response_format":{"type":"json_object"}"#)
            #expect(answer.fields["x-switchyard-cascade"] == "escalated; from=a; because=invalid_json")
            let schema = #"{"name":"n","schema":{"type":"object","required":["age"]}}"#
            let format = #""response_format":{"type":"json_schema","json_schema":\#(schema)}"#
            let keyed = try await gateway.chat("auto:cascade", format)
            // Its better answer lacks the age, and is valid all the same.
            #expect(keyed.fields["x-switchyard-cascade"] == "escalated; from=a; because=invalid_json")
            #expect(try await gateway.chat("auto").fields["x-switchyard-cascade"] == nil)
        }
    }

    /// What the client pays for and waits for, and what a budget has left, are not exceeded: the first answer is given.
    @Test(arguments: [
        (#","route":{"max_cost_usd":0.0043}"#, "", "cost", false),
        (#","route":{"max_latency_ms":2020}"#, "", "latency", false),
        ("", "gain_min: 0.5", "no_better_model", false), ("", "usd_per_quality_max: 0.001", "cost", false),
        (#","route":{"fallbacks":["a"]}"#, "", "no_better_model", true),
    ])
    func theFirstAnswerIsKeptWhereNoOtherIsWorthIt(
        route: String,
        cascade: String,
        obstacle: String,
        stream: Bool
    ) async throws {
        // Both are expected to take two seconds, of which the first has used up some.
        let (cheap, better) = (
            try await backend("Sure, Alice!", after: .milliseconds(40)), try await backend(Self.json)
        )
        try await withGateway(models([cheap.url, better.url]), settings: Self.settings(cascade)) { gateway in
            let answer = try await ask(gateway, stream: stream, route)
            #expect(answer.status == 200 && answer.body.contains("Sure") && better.requests.isEmpty)
            #expect(answer.fields["x-switchyard-cascade"] == "kept; because=invalid_json; obstacle=\(obstacle)")
            try await comesTrue { gateway.metric(cascades("kept")) == 1 }
            let entry = try #require(try await gateway.ledger().last)
            #expect(entry.attempts.map(\.outcome) == [.completed])
        }
    }

    /// A budget that pays for the first answer and no more.
    @Test func aBudgetIsNotExceeded() async throws {
        let (cheap, better) = (try await backend("Sure, Alice!"), try await backend(Self.json))
        let budgets = "budgets: [{ id: day, scope: everyone, measure: usd, cap: 0.0009, window: day }]"
        let settings = Self.settings("", "", budgets)
        try await withGateway(models([cheap.url, better.url]), settings: settings) { gateway in
            let answer = try await ask(gateway, Self.prompt, #","max_tokens":20"#)
            #expect(
                answer.fields["x-switchyard-cascade"]?.hasPrefix("kept; because=invalid_json") == true,
                "\(answer.body)"
            )
            #expect(answer.body.contains("Sure") && better.requests.isEmpty)
            #expect(try await gateway.ledger().last?.request.cost.nanodollars == Chat.costNanodollars)
        }
    }

    /// The better model's failure, or an answer of its that is worse, costs what it costs and changes nothing else.
    @Test(arguments: [false, true])
    func theFirstAnswerIsGivenWhereTheOtherIsNoBetter(fails: Bool) async throws {
        let cheap = try await backend("Sure, Alice!")
        let better = fails ? try await ScriptedBackend.failing(503) : try await backend("")
        try await withGateway(models([cheap.url, better.url]), settings: Self.settings()) { gateway in
            let answer = try await ask(gateway)
            #expect(answer.status == 200 && answer.body.contains("Sure"))
            #expect(answer.fields["x-switchyard-cascade"] == "kept; because=invalid_json; obstacle=no_better_answer")
            #expect(answer.fields["x-switchyard-model"] == "a" && better.requests.count == 1)
            let entry = try #require(try await gateway.ledger().last)
            #expect(entry.attempts.map(\.model.rawValue) == ["b", "a"])
            #expect(entry.attempts.map(\.outcome) == [fails ? .upstreamFailed : .superseded, .completed])
            #expect(entry.request.cost.nanodollars == (fails ? 1 : 3) * Chat.costNanodollars)
            #expect(entry.request.modelUsed?.rawValue == "a" && entry.request.outcome == .completed)
        }
    }

    /// As often as `escalations_max` allows, the cheapest better one each time.
    @Test(arguments: [(1, "b", 2), (2, "c", 3)])
    func escalationsAreCounted(escalationsMax: Int, model: String, attempts: Int) async throws {
        let urls = [
            try await backend("I am not sure"), try await backend("I am not sure"), try await backend(Self.json),
        ]
        let settings = Self.settings("escalations_max: \(escalationsMax)")
        try await withGateway(models(urls.map(\.url)), settings: settings) { gateway in
            let answer = try await ask(gateway)
            #expect(answer.fields["x-switchyard-model"] == model)
            #expect(answer.fields["x-switchyard-attempts"] == "\(attempts)")
            #expect(answer.fields["x-switchyard-cascade"] == "escalated; from=a; because=invalid_json")
            let entry = try #require(try await gateway.ledger().last)
            #expect(entry.attempts.last?.model.rawValue == model && entry.attempts.last?.outcome == .completed)
        }
    }

    /// A call of a tool, and a stream longer than is held back, are given as they are.
    @Test func whatCannotBeCheckedIsGivenAsItIs() async throws {
        let tool = try await backend("x", finish: "tool_calls")
        let words = Chat.chunk(#"{"content":"\#(String(repeating: "word ", count: 100))"}"#)
        let gate = Gate()
        let long = try await ScriptedBackend { exchange, _ in
            try await exchange.stream([Chat.role, words], ends: false)
            try await gate.wait(exchange)
            try await exchange.write(Array((Chat.stop + Chat.done).utf8))
            try await exchange.finish()
        }
        let better = try await backend(Self.json)
        try await withGateway(models([tool.url, better.url]), settings: Self.settings()) { gateway in
            let answer = try await ask(gateway)
            #expect(answer.fields["x-switchyard-cascade"] == "unchecked")
            try await comesTrue { gateway.metric(cascades("unchecked")) == 1 }
        }
        try await withGateway(models([long.url, better.url]), settings: Self.settings("held_bytes_max: 200")) {
            gateway in
            async let asked = ask(gateway, stream: true)
            _ = try await eventually { gateway.metric("switchyard_sent_bytes_total") > 0 }
            gate.open()
            let answer = try await asked
            // The head went out before it could be known.
            #expect(answer.body.contains("word word") && answer.fields["x-switchyard-cascade"] == nil)
            #expect(better.requests.isEmpty)
            #expect(try await gateway.ledger().last?.request.features.text.contains(#""cascade":"unchecked""#) == true)
        }
    }

    /// A prompt that looks hard goes to an able model at once, and a model that the client names is not second-guessed.
    @Test func nothingIsAskedTwiceWithoutNeed() async throws {
        let (cheap, better) = (try await backend("Sure!"), try await backend("Sure!"))
        let settings = Self.settings()
        try await withGateway(models([cheap.url, better.url]), settings: settings) { gateway in
            let quality = try await ask(gateway, Self.prompt, #","route":{"required_quality":0.7}"#)
            #expect(quality.fields["x-switchyard-cascade"] == "kept; because=invalid_json; obstacle=no_better_model")
            #expect(cheap.requests.isEmpty)
            let named = try await gateway.chat("a")
            #expect(named.fields["x-switchyard-cascade"] == nil && named.fields["x-switchyard-model"] == "a")
        }
    }

    /// A stream that breaks after the client has seen its beginning is not followed by another answer.
    @Test func aBetterStreamThatBreaksIsNotHidden() async throws {
        let cheap = try await backend("Sure!")
        let breaking = try await ScriptedBackend { exchange, _ in
            try await exchange.stream([Chat.role, Chat.hello], ends: false)
            try await exchange.pause(.milliseconds(50))
            exchange.abort()
        }
        try await withGateway(models([cheap.url, breaking.url]), settings: Self.settings()) { gateway in
            let answer = try await ask(gateway, stream: true)
            #expect(
                answer.body.contains("Hello") && answer.body.contains(#""error""#) && !answer.body.contains("[DONE]")
            )
            #expect(!answer.body.contains("Sure"))
            let entry = try #require(try await gateway.ledger().last)
            #expect(entry.request.outcome == .cut && entry.attempts.map(\.outcome) == [.superseded, .cut])
        }
    }
}
