import Domain
import HTTP
import Server
import Synchronization
import Testing

@testable import Gateway

/// A backend that was away comes back by its health check, and no request has to find out whether it is well.
@Suite struct HealthCheckTests {
    /// A backend that can be switched: what answers chats, and what answers checks.
    private final class Patient: Sendable {
        private let state = Mutex((answersChats: true, isWell: true))

        func set(answersChats: Bool, isWell: Bool) { state.withLock { $0 = (answersChats, isWell) } }

        func serve() async throws -> ScriptedBackend {
            try await ScriptedBackend { exchange, _ in
                let state = self.state.withLock { $0 }
                if exchange.head.method == .get {
                    return try await exchange.json("{}", status: state.isWell ? 204 : 503)
                }
                guard state.answersChats else { return try await exchange.json("{}", status: 500) }
                try await exchange.answerChat()
            }
        }
    }

    private static let settings = """
        routing: { attempts_max: 1, queue_seconds_max: 0.1, retry_wait_seconds_max: 0 }
        health: { consecutive_failures_max: 2, open_seconds: 0.05, open_jitter: 0 }
        """
    private static let check = "health_check: { path: \"/health?deep=1\", interval_seconds: 0.3, timeout_seconds: 0.3"
    private let isClosed = #"switchyard_model_circuit{model="a",state="closed"}"#
    private let failures = #"switchyard_worker_page_failures_total{model="a",page="health"}"#

    private func chats(_ backend: ScriptedBackend) -> Int { backend.requests.count { $0.path != "/health?deep=1" } }
    private func checks(_ backend: ScriptedBackend) -> Int { backend.requests.count { $0.path == "/health?deep=1" } }

    @Test func aSingleBackendComesBackWithoutARequestThatFindsOut() async throws {
        let patient = Patient()
        let backend = try await patient.serve()
        let model = entry("a", at: backend.url, Self.check + " }, key_variable: KEY")
        try await withGateway([model], settings: Self.settings, environment: ["KEY": "sk-a"]) { gateway in
            #expect(try await gateway.chat("a").status == 200)
            #expect(checks(backend) == 0, "it is well")
            patient.set(answersChats: false, isWell: false)
            for _ in 0..<2 { #expect(try await gateway.chat("a").status == 502) }
            try await comesTrue { gateway.metric(failures) >= 2 }
            let refused = try await gateway.chat("a")
            #expect((refused.status, refused.json("error.code")) == (503, "no_model_available"))
            #expect(chats(backend) == 3, "no request was the probe")
            patient.set(answersChats: true, isWell: true)
            try await comesTrue { gateway.metric(isClosed) == 1 }
            #expect(try await gateway.chat("a").status == 200)
            #expect(backend.requests.first { $0.path == "/health?deep=1" }?.fields["authorization"] == "Bearer sk-a")
        }
    }

    /// What is well is left alone by default, for longer than the time between checks.
    @Test func whoIsWellIsNotAsked() async throws {
        let backend = try await Patient().serve()
        let other = try await Patient().serve()
        let models = [
            entry("a", at: backend.url, Self.check + " }"), entry("b", at: other.url, Self.check + ", always: true }"),
        ]
        try await withGateway(models, settings: Self.settings) { gateway in
            #expect(try await gateway.chat("a").status == 200)
            try await comesTrue { checks(other) >= 3 }
            #expect(checks(backend) == 0)
        }
    }

    /// Those who wait for it are answered as soon as it is back.
    @Test func requestsWaitForTheCheck() async throws {
        let patient = Patient()
        let backend = try await patient.serve()
        let settings = """
            routing: { attempts_max: 1, queue_seconds_max: 30 }
            health: { consecutive_failures_max: 2, open_seconds: 0.05, open_jitter: 0 }
            """
        try await withGateway([entry("a", at: backend.url, Self.check + " }")], settings: settings) { gateway in
            patient.set(answersChats: false, isWell: false)
            for _ in 0..<2 { #expect(try await gateway.chat("a").status == 502) }
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<5 { group.addTask { try await gateway.chat("a").status } }
                try await comesTrue { gateway.metric(failures) >= 2 }
                patient.set(answersChats: true, isWell: true)
                for try await status in group { #expect(status == 200) }
            }
            #expect(chats(backend) == 2 + 5)
        }
    }

    @Test func whoIsAskedAlwaysIsMissedBeforeARequestIs() async throws {
        let patient = Patient()
        let backend = try await patient.serve()
        let model = entry("a", at: backend.url, Self.check + ", always: true }")
        try await withGateway([model], settings: Self.settings) { gateway in
            try await comesTrue { checks(backend) >= 2 }
            #expect(gateway.metric(isClosed) == 1)
            patient.set(answersChats: false, isWell: false)
            try await comesTrue { gateway.metric(isClosed) == 0 }
            #expect(chats(backend) == 0)
            patient.set(answersChats: true, isWell: true)
            try await comesTrue { gateway.metric(isClosed) == 1 }
        }
    }

    /// A model that is switched off is left alone altogether.
    @Test func whoIsSwitchedOffIsNotAsked() async throws {
        let backend = try await Patient().serve()
        let model = entry("a", at: backend.url, Self.check + ", always: true }, key_variable: MISSING")
        let other = entry(
            "b",
            at: backend.url,
            "health_check: { path: /other, interval_seconds: 0.3, always: true, "
                + "timeout_seconds: 0.3 }"
        )
        try await withGateway([model, other], settings: Self.settings) { _ in
            try await comesTrue { backend.requests.count { $0.path == "/other" } >= 3 }
            #expect(checks(backend) == 0)
        }
    }
}
