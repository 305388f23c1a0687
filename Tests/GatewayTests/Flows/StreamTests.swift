import Domain
import HTTP
import Ledger
import Reactor
import Routing
import Server
import Testing
import Upstream

@testable import Gateway

/// Streams arrive as they were sent, are charged for what they took, and never look whole when they are not.
@Suite struct StreamTests {
    private static let noRest = "routing: { retry_wait_seconds_max: 0 }"
    private static let withUsage = #""stream":true,"stream_options":{"include_usage":true}"#

    private static let noChance = "routing: { exploration: 0 }"

    /// A backend that sends `events` and then ends.
    private func backend(_ events: [String]) async throws -> ScriptedBackend {
        try await ScriptedBackend { exchange, _ in try await exchange.stream(events) }
    }

    /// A backend that begins an answer, waits for `gate`, sends `events` and then ends, or resets the connection.
    private func backend(after gate: Gate, _ events: [String], isReset: Bool = false) async throws -> ScriptedBackend {
        try await ScriptedBackend { exchange, _ in
            try await exchange.stream([Chat.role, Chat.hello], ends: false)
            try await gate.wait(exchange)
            for event in events { try await exchange.write(Array(event.utf8)) }
            if isReset { exchange.abort() } else { try await exchange.finish() }
        }
    }

    @Test func usageIsAskedForAndTakenOutAgain() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a", #""stream":true"#)
            #expect(answer.events == [Chat.role, Chat.hello, Chat.stop, Chat.done].joined())
            #expect(backend.requests.first?.body.contains(#""stream_options":{"include_usage":true}"#) == true)
            let row = try #require(try await gateway.ledger().first?.request)
            #expect((row.usage.input, row.usage.output, row.usage.isEstimated) == (100, 20, false))
            #expect(row.cost.nanodollars == Chat.costNanodollars)
            #expect(row.isStreamed && row.outcome == .completed && row.timeToFirstTokenMicroseconds != nil)
        }
    }

    /// The head goes out before anybody knows the cost, so it follows at the end, where parsers skip it.
    @Test func whatItCostStandsBeforeItsEnd() async throws {
        let gate = Gate()
        let backend = try await backend(after: gate, [Chat.stop, Chat.usageChunk, Chat.done])
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.stream("a", opening: gate)
            #expect(answer.fields["x-switchyard-cost-basis"] == "expected")
            #expect(answer.body.contains(Chat.stop + ": x-switchyard-carbon-g: 0.06"))
            #expect(answer.body.hasSuffix("\n\n: x-switchyard-cost-usd: 0.000360000\n\n" + Chat.done))
        }
    }

    @Test func aClientThatAsksForUsageGetsIt() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a", Self.withUsage)
            #expect(answer.events == [Chat.role, Chat.hello, Chat.stop, Chat.usageChunk, Chat.done].joined())
        }
    }

    @Test func theHeadSaysThatItIsAStream() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let fields = try await gateway.chat("a", #""stream":true"#).fields
            #expect(fields["content-type"]?.hasPrefix("text/event-stream") == true)
            #expect(fields["cache-control"] == "no-cache")
            #expect(fields["x-accel-buffering"] == "no")
            #expect(fields["x-switchyard-attempts"] == "1")
        }
    }

    /// Some servers leave `[DONE]` out: the finish reasons say that the answer is whole.
    @Test func aStreamWithoutDoneIsWholeOnceItsChoicesHaveFinished() async throws {
        let backend = try await backend([Chat.role, Chat.hello, Chat.stop])
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a", #""stream":true"#)
            #expect(answer.body.hasSuffix(Chat.done))
            let row = try #require(try await gateway.ledger().first?.request)
            #expect(row.outcome == .completed)
            #expect(row.usage.isEstimated && row.usage.output == 2, "five bytes, four a token")
        }
    }

    @Test(arguments: [
        [], [Chat.role], [Chat.done], [Chat.event("{")], [Chat.event(#"{"error":{"message":"no"}}"#)], [": ping\n\n"],
    ])
    func aStreamThatBreaksBeforeItsFirstContentIsTriedElsewhere(events: [String]) async throws {
        let (broken, sound) = (try await backend(events), try await ScriptedBackend.sound())
        let models = [entry("a", at: broken.url, "quality: 0.9"), entry("b", at: sound.url, "quality: 0.5")]
        try await withGateway(models, settings: Self.noChance) { gateway in
            let answer = try await gateway.chat("auto:quality_optimized", #""stream":true"#)
            #expect(answer.events == [Chat.role, Chat.hello, Chat.stop, Chat.done].joined())
            #expect(answer.fields["x-switchyard-model"] == "b")
            #expect(answer.fields["x-switchyard-attempts"] == "2")
            #expect(try await gateway.ledger().first?.attempts.map(\.outcome) == [.upstreamFailed, .completed])
        }
    }

    @Test func anAnswerThatIsNoStreamIsTriedElsewhere() async throws {
        let whole = try await ScriptedBackend { exchange, _ in try await exchange.json(Chat.answer) }
        try await withGateway([entry("a", at: whole.url)], settings: Self.noRest) { gateway in
            let answer = try await gateway.chat("a", #""stream":true"#)
            #expect((answer.status, answer.fields["content-type"]) == (502, "application/json"))
            #expect(answer.body.contains("application/json") && answer.fields["x-switchyard-attempts"] == "1")
        }
    }

    /// Portkey-AI/gateway#1797: a cut stream that ends as a clean 200 is taken for the whole answer.
    @Test(arguments: [true, false])
    func aStreamThatBreaksLaterEndsInAnErrorAndNoDone(isReset: Bool) async throws {
        let gate = Gate()
        let broken = try await backend(after: gate, [], isReset: isReset)
        let sound = try await ScriptedBackend.sound()
        let models = [entry("a", at: broken.url, "quality: 0.9"), entry("b", at: sound.url, "quality: 0.5")]
        try await withGateway(models, settings: Self.noChance) { gateway in
            let answer = try await gateway.stream("auto:quality_optimized", opening: gate)
            #expect(answer.status == 200)
            #expect(answer.events.hasPrefix(Chat.role + Chat.hello + #"data: {"error":{"#))
            #expect(!answer.body.contains("[DONE]") && !answer.body.contains(#""stop""#))
            #expect(sound.requests.isEmpty, "the client has seen the beginning of another answer")
            let entry = try #require(try await gateway.ledger().first)
            #expect((entry.request.outcome, entry.attempts.map(\.outcome)) == (.cut, [.cut]))
            #expect(entry.request.usage.isEstimated && entry.request.usage.output == 2)
            #expect(entry.request.cost > .zero)
            #expect(gateway.active("a") == 0)
        }
    }

    @Test func aStreamThatStallsEndsInAnError() async throws {
        let stalled = try await ScriptedBackend { exchange, _ in
            try await exchange.stream([Chat.role, Chat.hello], ends: false)
            try await exchange.hang()
        }
        try await withGateway([entry("a", at: stalled.url)], settings: "upstream: { between_bytes_seconds_max: 0.2 }") {
            gateway in
            let answer = try await gateway.chat("a", #""stream":true"#)
            #expect(answer.body.contains(#"data: {"error":{"#) && !answer.body.contains("[DONE]"))
            let inFlight = try await eventually { stalled.inFlight == 0 }
            #expect(inFlight && gateway.active("a") == 0)
        }
    }

    @Test func anErrorWithinTheStreamIsToldAndNotCompleted() async throws {
        let error = Chat.event(#"{"error":{"message":"out of memory","type":"server_error"}}"#)
        let gate = Gate()
        let broken = try await backend(after: gate, [error, Chat.done])
        try await withGateway([entry("a", at: broken.url)]) { gateway in
            let answer = try await gateway.stream("a", opening: gate)
            #expect(answer.body.contains("out of memory") && !answer.body.contains("[DONE]"))
            #expect(try await gateway.ledger().first?.request.outcome == .cut)
        }
    }

    @Test func anEventBeyondTheLimitEndsTheStream() async throws {
        let long = Chat.chunk(#"{"content":"\#(String(repeating: "x", count: 3000))"}"#)
        let gate = Gate()
        let broken = try await backend(after: gate, [long, Chat.done])
        try await withGateway([entry("a", at: broken.url)], settings: "upstream: { event_bytes_max: 1024 }") {
            gateway in
            let answer = try await gateway.stream("a", opening: gate)
            #expect(answer.body.contains(#"data: {"error":{"#) && !answer.body.contains("[DONE]"))
        }
    }

    /// Until something is shown, another model can take over unseen; but nobody waits for that for ever.
    @Test func onlySoManyBytesAreHeldBack() async throws {
        let (events, limit) = (Array(repeating: Chat.role, count: 40), 2048)
        let broken = try await backend(events)
        let settings = "upstream: { held_bytes_max: \(limit) }"
        try await withGateway([entry("a", at: broken.url)], settings: settings) { gateway in
            let answer = try await gateway.chat("a", #""stream":true"#)
            #expect(answer.status == 200)
            #expect(answer.body.hasPrefix(Chat.role) && answer.body.contains(#"data: {"error":{"#))
        }
    }

    /// BerriAI/litellm#3341: a client that left, and a backend that went on to be paid.
    @Test func aClientThatLeavesEndsTheBackendsWorkAndIsChargedForWhatCame() async throws {
        let endless = try await ScriptedBackend { exchange, _ in
            try await exchange.stream([Chat.role], ends: false)
            while true {
                try await exchange.write(Array(Chat.hello.utf8))
                try await exchange.pause(.milliseconds(5))
            }
        }
        try await withGateway([entry("a", at: endless.url)]) { gateway in
            let request = Task { try await gateway.chat("a", #""stream":true"#) }
            #expect(try await eventually { gateway.active("a") == 1 && endless.inFlight == 1 })
            try await Task.sleep(for: .milliseconds(50))
            request.cancel()
            #expect(try await eventually { gateway.active("a") == 0 && endless.inFlight == 0 })
            let entry = try #require(try await gateway.ledger().first)
            #expect((entry.request.outcome, entry.attempts.map(\.outcome)) == (.clientClosed, [.clientClosed]))
            #expect(entry.request.errorKind == nil)
            #expect(entry.request.usage.isEstimated && entry.request.cost > .zero)
            #expect(gateway.service.policy.fleet.statistics(now: 0).map(\.samples) == [0], "no mark against the model")
        }
    }

    /// Its prompt has gone out and been read by then.
    @Test func aClientThatLeavesBeforeTheAnswerPaysForItsPrompt() async throws {
        let silent = try await ScriptedBackend.silent()
        try await withGateway([entry("a", at: silent.url)]) { gateway in
            let request = Task { try await gateway.chat("a") }
            #expect(try await eventually { silent.inFlight == 1 })
            request.cancel()
            #expect(try await eventually { gateway.active("a") == 0 && silent.inFlight == 0 })
            let row = try #require(try await gateway.ledger().first?.request)
            #expect((row.outcome, row.status, row.cost.nanodollars) == (.clientClosed, 499, 3 * 2000))
            #expect(row.usage.isEstimated)
        }
    }

    @Test func aStreamOfTheRouterBeginsWithTheDecision() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let body = #"{"messages":[{"role":"user","content":"Hi"}],"stream":true}"#
            let events = try await gateway.post("route", body).body.split(separator: "\n\n")
            let first = try #require(events.first)
            #expect(first.contains(#""choices":[]"#) && first.contains(#""route":{"strategy":"#))
            #expect(events.dropFirst().first.map { "\($0)\n\n" } == Chat.role)
        }
    }
}
