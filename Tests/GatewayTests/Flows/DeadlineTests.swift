import Domain
import HTTP
import Ledger
import Reactor
import Server
import Testing

@testable import Gateway

/// One deadline covers everything that a request does, and nothing is left in flight after it.
@Suite struct DeadlineTests {
    @Test(arguments: [false, true])
    func aSilentBackendIsGivenUpAtTheRequestsDeadline(streams: Bool) async throws {
        let silent = try await ScriptedBackend.silent()
        try await withGateway([entry("a", at: silent.url)], settings: "limits: { request_seconds_max: 0.3 }") {
            gateway in
            let began = Instant.now
            let answer = try await gateway.chat("a", #""stream":\#(streams)"#)
            #expect((answer.status, answer.json("error.code")) == (504, "timeout"))
            #expect(answer.fields["x-switchyard-attempts"] == "1")
            #expect(began.duration(to: .now) >= .milliseconds(300))
            let row = try #require(try await gateway.ledger().first)
            #expect((row.request.outcome, row.attempts.map(\.outcome)) == (.timedOut, [.timedOut]))
            #expect(gateway.active("a") == 0)
            #expect(try await eventually { silent.inFlight == 0 })
        }
    }

    /// Three attempts of half a second would take longer than the request may.
    @Test func oneDeadlineCoversAllAttempts() async throws {
        let silent = try await ScriptedBackend.silent()
        let settings = "limits: { request_seconds_max: 1.2 }\nupstream: { first_byte_seconds_max: 0.5 }"
        try await withGateway(["a", "b", "c", "d"].map { entry($0, at: silent.url) }, settings: settings) { gateway in
            let answer = try await gateway.chat("auto")
            #expect(answer.status == 504)
            let row = try #require(try await gateway.ledger().first)
            #expect(row.attempts.count == 3)
            #expect(row.request.durationMicroseconds >= 1_200_000)
            #expect(row.attempts.allSatisfy { $0.outcome == .timedOut })
        }
    }

    @Test func anAttemptHasItsOwnDeadlinesToo() async throws {
        let (silent, sound) = (try await ScriptedBackend.silent(), try await ScriptedBackend.sound())
        let models = [entry("a", at: silent.url, "quality: 0.9"), entry("b", at: sound.url, "quality: 0.5")]
        try await withGateway(
            models,
            settings: "upstream: { first_byte_seconds_max: 0.2 }\nrouting: { exploration: 0 }"
        ) { gateway in
            let answer = try await gateway.chat("auto:quality_optimized")
            #expect((answer.status, answer.fields["x-switchyard-model"]) == (200, "b"))
        }
    }

    @Test func aBodyThatNeverEndsIsGivenUp() async throws {
        let drip = try await ScriptedBackend { exchange, _ in
            try await exchange.startStream(status: 200, fields: Array("content-type: application/json\r\n".utf8))
            while true {
                try await exchange.write(Array(" ".utf8))
                try await exchange.pause(.milliseconds(20))
            }
        }
        try await withGateway([entry("a", at: drip.url)], settings: "limits: { request_seconds_max: 0.4 }") { gateway in
            let answer = try await gateway.chat("a")
            #expect(answer.status == 504)
            #expect(gateway.active("a") == 0)
        }
    }

    @Test func anAnswerLongerThanTheLimitIsNotKept() async throws {
        let long = try await ScriptedBackend { exchange, _ in
            try await exchange.json(Chat.whole(content: String(repeating: "x", count: 4000), usage: Chat.usage))
        }
        let settings = "upstream: { response_bytes_max: 2048 }\nrouting: { retry_wait_seconds_max: 0 }"
        try await withGateway([entry("a", at: long.url)], settings: settings) { gateway in
            let answer = try await gateway.chat("a")
            #expect(answer.status == 502)
            #expect(answer.body.contains("response_bytes_max"))
        }
    }
}
