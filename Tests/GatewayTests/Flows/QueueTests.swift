import Domain
import HTTP
import Ledger
import Server
import Testing

@testable import Gateway

/// Requests wait for a busy model: not too many, not too long, and what they wait is told.
@Suite struct QueueTests {
    /// A backend that holds every answer back until `gate` opens.
    private func backend(_ gate: Gate) async throws -> ScriptedBackend {
        try await ScriptedBackend { exchange, _ in
            try await gate.wait(exchange)
            try await exchange.answerChat()
        }
    }

    private func depth(_ gateway: RunningGateway) -> Int { gateway.service.policy.admission.depth }

    @Test func aRequestWaitsForASlot() async throws {
        let gate = Gate()
        let backend = try await backend(gate)
        try await withGateway([entry("a", at: backend.url, "concurrency_max: 1")]) { gateway in
            async let first = gateway.chat("a")
            #expect(try await eventually { gateway.active("a") == 1 })
            async let second = gateway.chat("a")
            #expect(try await eventually { depth(gateway) == 1 })
            #expect(gateway.metric("switchyard_queue_depth") == 1)
            #expect(backend.requests.count == 1)
            gate.open()
            let statuses = [try await first.status, try await second.status]
            #expect(statuses == [200, 200])
            let rows = try await gateway.ledger()
            #expect(rows.map { $0.request.queueMicroseconds > 0 } == [false, true])
            #expect(gateway.metric("switchyard_queue_seconds_count") == 1)
            #expect(gateway.active("a") == 0)
        }
    }

    @Test(arguments: [("queue_max: 0", "full"), ("queue_seconds_max: 0.05", "deadline")])
    func whoeverCannotWaitIsToldToComeAgain(setting: String, word: String) async throws {
        let gate = Gate()
        let backend = try await backend(gate)
        let model = entry("a", at: backend.url, "concurrency_max: 1")
        try await withGateway([model], settings: "routing: { \(setting) }") { gateway in
            async let first = gateway.chat("a")
            #expect(try await eventually { gateway.active("a") == 1 })
            let second = try await gateway.chat("a")
            #expect((second.status, second.json("error.code")) == (503, "overloaded"))
            #expect(second.json("error.message").contains(word))
            #expect((second.fields["retry-after"], second.fields["x-should-retry"]) == ("1", "true"))
            gate.open()
            #expect(try await first.status == 200)
            let row = try #require(try await gateway.ledger().first { $0.request.status == 503 })
            #expect((row.request.outcome, row.attempts.count, row.request.cost) == (.refused, 0, .zero))
        }
    }

    @Test func aFullModelsWorkGoesToAnother() async throws {
        let gate = Gate()
        let (busy, free) = (try await backend(gate), try await ScriptedBackend.sound())
        let models = [
            entry("busy", at: busy.url, "concurrency_max: 1, quality: 0.9"),
            entry("free", at: free.url, "quality: 0.5"),
        ]
        try await withGateway(models, settings: "routing: { exploration: 0 }") { gateway in
            async let first = gateway.chat("auto:quality_optimized")
            #expect(try await eventually { gateway.active("busy") == 1 })
            let second = try await gateway.chat("auto:quality_optimized")
            #expect(second.fields["x-switchyard-model"] == "free")
            gate.open()
            #expect(try await first.fields["x-switchyard-model"] == "busy")
        }
    }

    @Test func aClientThatLeavesTheQueueIsChargedNothing() async throws {
        let gate = Gate()
        let backend = try await backend(gate)
        try await withGateway([entry("a", at: backend.url, "concurrency_max: 1")]) { gateway in
            async let first = gateway.chat("a")
            #expect(try await eventually { gateway.active("a") == 1 })
            let second = Task { try await gateway.chat("a") }
            #expect(try await eventually { depth(gateway) == 1 })
            second.cancel()
            #expect(try await eventually { depth(gateway) == 0 })
            gate.open()
            #expect(try await first.status == 200)
            let rows = try await gateway.ledger()
            #expect(rows.map(\.request.outcome) == [.completed, .clientClosed])
            #expect(backend.requests.count == 1 && rows.last?.request.cost == .zero)
        }
    }
}
