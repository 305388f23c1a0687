import Domain
import HTTP
import Reactor
import Server
import Testing

@testable import Gateway

/// A model that failed is tried again, as long as that may help, as late as it asked, and within bounds.
@Suite struct RetryTests {
    @Test func aModelThatFailsOnceIsTriedAgainAfterAPause() async throws {
        let backend = try await ScriptedBackend { exchange, index in
            if index == 0 { return try await exchange.json("{}", status: 500) }
            try await exchange.answerChat()
        }
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a")
            #expect((answer.status, answer.fields["x-switchyard-attempts"]) == (200, "2"))
            #expect(backend.pause(before: 1) >= .milliseconds(250))
        }
    }

    @Test(arguments: ["retry-after-ms: 600", "retry-after: 0.6"])
    func itIsLeftAloneForAsLongAsItAsks(field: String) async throws {
        let backend = try await ScriptedBackend { exchange, index in
            if index == 0 { return try await exchange.json("{}", status: 429, fields: field + "\r\n") }
            try await exchange.answerChat()
        }
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a")
            #expect(answer.status == 200)
            #expect(backend.pause(before: 1) >= .milliseconds(600))
        }
    }

    /// The pause that counts is the last one asked for, not one that an earlier failure would have had.
    @Test func onlyTheLastFailureSaysWhenToTryAgain() async throws {
        let backend = try await ScriptedBackend { exchange, index in
            switch index {
            case 0: try await exchange.json("{}", status: 500)
            case 1: try await exchange.json("{}", status: 429, fields: "retry-after-ms: 900\r\n")
            default: try await exchange.answerChat()
            }
        }
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a")
            #expect(answer.status == 200)
            #expect(backend.pause(before: 2) >= .milliseconds(900))
        }
    }

    @Test(arguments: [401, 402, 404])
    func whatWillNotChangeIsNotTriedAgain(status: Int) async throws {
        let backend = try await ScriptedBackend { exchange, index in
            try await exchange.json("{}", status: index == 0 ? 500 : status)
        }
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a")
            #expect(answer.status == 502)
            #expect(backend.requests.count == 2)
        }
    }

    @Test(arguments: 1...3)
    func noRequestMakesMoreThanItsAttempts(count: Int) async throws {
        let backend = try await ScriptedBackend.failing(500, fields: "retry-after-ms: 1\r\n")
        try await withGateway([entry("a", at: backend.url)], settings: "routing: { attempts_max: \(count) }") {
            gateway in
            let answer = try await gateway.chat("a")
            #expect((answer.status, answer.fields["x-switchyard-attempts"]) == (502, "\(count)"))
            #expect(answer.fields["x-should-retry"] == "false")
            #expect(backend.requests.count == count)
        }
    }

    /// A client waits behind the gateway: one that would wait for long is told, and how long.
    @Test func aPauseThatIsTooLongIsTheClients() async throws {
        let backend = try await ScriptedBackend.failing(429, fields: "retry-after: 30\r\n")
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            let answer = try await gateway.chat("a")
            #expect((answer.status, answer.fields["retry-after"]) == (429, "30"))
            #expect(answer.fields["x-should-retry"] == "true")
            #expect(backend.requests.count == 1)
        }
    }

    @Test func otherRequestsLeaveItAloneTooAndAreToldWhenItIsBack() async throws {
        let (busy, sound) = (
            try await ScriptedBackend.failing(429, fields: "retry-after: 30\r\n"), try await ScriptedBackend.sound()
        )
        let models = [entry("busy", at: busy.url, "quality: 0.9"), entry("sound", at: sound.url, "quality: 0.5")]
        try await withGateway(models, settings: "routing: { exploration: 0 }") { gateway in
            for _ in 0..<3 {
                #expect(try await gateway.chat("auto:quality_optimized").fields["x-switchyard-model"] == "sound")
            }
            #expect((busy.requests.count, sound.requests.count) == (1, 3))
            let answer = try await gateway.chat("busy")
            #expect((answer.status, answer.json("error.code")) == (503, "no_model_available"))
            let seconds = answer.fields["retry-after"].flatMap { Int($0) } ?? 0
            #expect((1...30).contains(seconds))
            #expect(gateway.metric(#"switchyard_model_available{model="busy"}"#) == 0)
        }
    }
}

extension ScriptedBackend {
    /// The time between request number `index`, from 0, and the one before it; none if it did not come.
    fileprivate func pause(before index: Int) -> Duration {
        let requests = requests
        guard requests.indices.contains(index) else { return .zero }
        return requests[index - 1].at.duration(to: requests[index].at)
    }
}
