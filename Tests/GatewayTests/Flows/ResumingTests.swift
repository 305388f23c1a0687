import Domain
import Foundation
import HTTP
import Ledger
import Server
import Testing

@testable import Gateway

/// A stream that broke off is gone on with by another model, where that is wanted and can be.
@Suite struct ResumingTests {
    private static let settings = "routing: { exploration: 0, resume_streams: true, retry_wait_seconds_max: 0 }"
    private static let world = Chat.chunk(#"{"content":" \"world\""}"#)

    /// A backend that says hello and breaks off when `gate` opens, after `more`.
    private func breaking(after gate: Gate, _ more: [String] = []) async throws -> ScriptedBackend {
        try await ScriptedBackend { exchange, _ in
            try await exchange.stream([Chat.role, Chat.hello], ends: false)
            try await gate.wait(exchange)
            for event in more { try await exchange.write(Array(event.utf8)) }
            exchange.abort()
        }
    }

    private func going(
        on events: [String] = [Chat.role, world, Chat.stop, Chat.usageChunk, Chat.done]
    ) async throws
        -> ScriptedBackend
    {
        try await ScriptedBackend { exchange, _ in try await exchange.stream(events) }
    }

    private func models(_ backends: ScriptedBackend..., prefill: String = "assistant") -> [String] {
        zip(["a", "b", "c"], backends).enumerated().map { place, pair in
            entry(pair.0, at: pair.1.url, "quality: 0.\(9 - place)" + (place > 0 ? ", prefill: \(prefill)" : ""))
        }
    }

    @Test func anotherModelGoesOnWhereAStreamBrokeOff() async throws {
        let gate = Gate()
        let (broken, sound) = (try await breaking(after: gate), try await going())
        try await withGateway(models(broken, sound), settings: Self.settings) { gateway in
            let answer = try await gateway.stream("auto:quality_optimized", opening: gate)
            #expect(answer.fields["x-switchyard-resumable"] == "true" && answer.fields["x-switchyard-model"] == "a")
            #expect(answer.body.contains("\n\n: x-switchyard-resumed: b\n\n"))
            let rest = [Chat.role, Self.world, Chat.stop, Chat.done].joined()
            #expect(answer.events == Chat.role + Chat.hello + rest)
            let asked = try #require(sound.requests.first?.body)
            #expect(
                asked.contains(
                    #","messages":[{"role":"user","content":"Say hello."},{"role":"assistant","content":"Hello"}]"#
                ),
                "\(asked)"
            )
            let entry = try #require(try await gateway.ledger().first)
            #expect((entry.request.outcome, entry.attempts.map(\.outcome)) == (.completed, [.cut, .completed]))
            #expect(entry.request.cost == entry.attempts.reduce(.zero) { $0 + $1.cost }, "both are paid for")
            #expect(entry.request.modelUsed == ModelID("b"))
            #expect(gateway.active("a") == 0 && gateway.active("b") == 0)
        }
    }

    /// The prompt once, and what both have written: what the client would have been told of one answer.
    @Test func usageIsToldOfTheWholeAnswer() async throws {
        let gate = Gate()
        let (broken, sound) = (try await breaking(after: gate), try await going())
        try await withGateway(models(broken, sound), settings: Self.settings) { gateway in
            let answer = try await gateway.stream(
                "auto:quality_optimized",
                #""stream_options":{"include_usage":true}"#,
                opening: gate
            )
            #expect(
                answer.body.contains(#""prompt_tokens":3,"completion_tokens":22,"total_tokens":25"#),
                "\(answer.body)"
            )
        }
    }

    @Test(arguments: [
        ("prefix", #"{"role":"assistant","content":"Hello","prefix":true}]"#),
        ("continue_final_message", #""continue_final_message":true,"add_generation_prompt":false"#),
    ])
    func eachBackendIsToldInItsOwnWay(prefill: String, part: String) async throws {
        let gate = Gate()
        let (broken, sound) = (try await breaking(after: gate), try await going())
        try await withGateway(models(broken, sound, prefill: prefill), settings: Self.settings) { gateway in
            _ = try await gateway.stream("auto:quality_optimized", #""max_tokens":50"#, opening: gate)
            let asked = try #require(sound.requests.first?.body)
            #expect(asked.contains(part) && asked.contains(#""max_tokens":48"#), "\(asked)")
        }
    }

    /// The second breaks as well, the third ends it: it gets what both have written, and the client all of it.
    @Test func itIsGoneOnWithOnceMore() async throws {
        let (gate, open) = (Gate(), Gate())
        open.open()
        let (first, second, third) = (
            try await breaking(after: gate), try await breaking(after: open, [Chat.hello + Chat.event("{")]),
            try await going()
        )
        try await withGateway(models(first, second, third), settings: Self.settings) { gateway in
            let answer = try await gateway.stream("auto:quality_optimized", opening: gate)
            #expect(answer.body.hasSuffix(Chat.done))
            #expect(answer.events.components(separatedBy: Chat.hello).count == 4)
            #expect(third.requests.first?.body.contains(#""content":"HelloHelloHello"}]"#) == true)
            #expect(try await gateway.ledger().first?.attempts.map(\.outcome) == [.cut, .cut, .completed])
        }
    }

    /// One that refuses to be prefilled, or fails before it says anything, leaves it to the next.
    @Test(arguments: [400, 500])
    func theNextOneIsAskedWhereAModelWillNot(status: Int) async throws {
        let gate = Gate()
        let (first, second) = (try await breaking(after: gate), try await ScriptedBackend.failing(status))
        let third = try await going()
        try await withGateway(models(first, second, third), settings: Self.settings) { gateway in
            let answer = try await gateway.stream("auto:quality_optimized", opening: gate)
            #expect(answer.status == 200)
            guard status == 500 else {
                #expect(answer.body.contains(#"data: {"error":{"#) && !answer.body.contains("[DONE]"))
                return
            }
            #expect(answer.body.hasSuffix(Chat.done))
            #expect(third.requests.first?.body.contains(#""content":"Hello"}]"#) == true)
        }
    }

    /// An event that is no JSON comes with one that is: what went before it is told before the rest.
    @Test func whatCameWithTheBreakIsNotLost() async throws {
        let gate = Gate()
        let (broken, sound) = (
            try await breaking(after: gate, [Chat.hello + Chat.event("{")]), try await going()
        )
        try await withGateway(models(broken, sound), settings: Self.settings) { gateway in
            let answer = try await gateway.stream("auto:quality_optimized", opening: gate)
            let told = answer.events.components(separatedBy: Chat.hello).count - 1
            #expect(told == 2 && sound.requests.first?.body.contains(#""content":"HelloHello"}]"#) == true)
            #expect(answer.body.hasSuffix(Chat.done))
        }
    }

    @Test(arguments: [
        ("routing: { exploration: 0 }", "", "assistant"),
        (settings, "", "none"),
        (settings, #""response_format":{"type":"json_object"}"#, "assistant"),
        (settings, #""n":2"#, "assistant"),
        (settings, #""max_tokens":2"#, "assistant"),
    ])
    func otherwiseTheBreakIsTold(settings: String, more: String, prefill: String) async throws {
        let gate = Gate()
        let (broken, sound) = (try await breaking(after: gate), try await going())
        try await withGateway(models(broken, sound, prefill: prefill), settings: settings) { gateway in
            let answer = try await gateway.stream("auto:quality_optimized", more, opening: gate)
            #expect(answer.body.contains(#"data: {"error":{"#) && !answer.body.contains("[DONE]"))
            #expect(sound.requests.isEmpty)
            #expect(try await gateway.ledger().first?.attempts.map(\.outcome) == [.cut])
        }
    }

    /// A tool's call that is half there cannot be prefilled.
    @Test func aToolsCallIsNotGoneOnWith() async throws {
        let gate = Gate()
        let call = Chat.chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a"}}]}"#)
        let (broken, sound) = (try await breaking(after: gate, [call]), try await going())
        try await withGateway(models(broken, sound), settings: Self.settings) { gateway in
            let answer = try await gateway.stream("auto:quality_optimized", opening: gate)
            #expect(!answer.body.contains("[DONE]") && sound.requests.isEmpty)
        }
    }
}
