import Domain
import HTTP
import Ledger
import Server
import Testing

@testable import Gateway

/// Identical requests at the same time share one call, and no one's trouble but the backend's.
@Suite struct CoalescingTests {
    private static let settings = "cache: { coalesce: true }\nrouting: { retry_wait_seconds_max: 0 }"
    private static let exact = #""temperature":0"#

    /// A backend that holds its answers back until `gate` opens.
    private func backend(_ gate: Gate, status: Int = 200) async throws -> ScriptedBackend {
        try await ScriptedBackend { exchange, _ in
            try await gate.wait(exchange)
            if status == 200 { try await exchange.answerChat() } else { try await exchange.json("{}", status: status) }
        }
    }

    /// Sends as many requests at once, and opens `gate` when the gateway has all of them.
    private func answers(
        _ count: Int,
        of gateway: RunningGateway,
        opening gate: Gate,
        _ members: @escaping @Sendable (Int) -> String = { _ in Self.exact },
        fields: @escaping @Sendable (Int) -> String = { _ in "" }
    ) async throws -> [RunningGateway.Answer] {
        try await withThrowingTaskGroup(of: RunningGateway.Answer.self) { group in
            for index in 0..<count {
                group.addTask { try await gateway.chat("a", members(index), fields: fields(index)) }
            }
            #expect(try await eventually { gateway.metric("switchyard_in_flight_requests") == Double(count) })
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func identicalRequestsShareOneCall() async throws {
        let gate = Gate()
        let backend = try await backend(gate)
        try await withGateway([entry("a", at: backend.url)], settings: Self.settings) { gateway in
            let answers = try await answers(5, of: gateway, opening: gate)
            #expect(answers.allSatisfy { $0.status == 200 && $0.body == Chat.answer })
            #expect(backend.requests.count == 1)
            // One of them has paid, and the others say that they have not.
            let told = answers.map { ($0.fields["x-switchyard-cache"] ?? "", $0.fields["x-switchyard-cost-usd"] ?? "") }
            #expect(told.count { $0 == ("coalesced", "0.000000000") } == 4)
            #expect(told.count { $0 == ("", "0.000360000") } == 1)
            #expect(answers.allSatisfy { $0.fields["x-switchyard-model"] == "a" })
            let rows = try await gateway.ledger()
            let shared = rows.filter { $0.request.outcome == .coalesced }
            #expect(shared.count == 4 && shared.allSatisfy { $0.request.cost == .zero && $0.attempts.isEmpty })
            #expect(rows.filter { $0.request.outcome == .completed }.map(\.request.cost.nanodollars) == [360_000])
            // What it would have cost is what the coalesced answer saved.
            #expect(shared.allSatisfy { $0.request.baseline?.cost?.nanodollars == 360_000 })
            // Nothing is kept for later.
            _ = try await gateway.chat("a", Self.exact)
            #expect(backend.requests.count == 2)
        }
    }

    @Test func aLeaderThatGoesAwayHandsOver() async throws {
        let gate = Gate()
        let backend = try await backend(gate)
        try await withGateway([entry("a", at: backend.url)], settings: Self.settings) { gateway in
            let leader = Task { try await gateway.chat("a", Self.exact) }
            #expect(try await eventually { backend.requests.count == 1 })
            let followers = (0..<3).map { _ in Task { try await gateway.chat("a", Self.exact) } }
            #expect(try await eventually { gateway.metric("switchyard_in_flight_requests") == 4 })
            leader.cancel()
            #expect(try await eventually { backend.requests.count == 2 })
            gate.open()
            for follower in followers { #expect(try await follower.value.status == 200) }
            #expect(backend.requests.count == 2)
            let outcomes = try await gateway.ledger().map { $0.request.outcome }
            #expect(outcomes.count { $0 == .coalesced } == 2)
            #expect(outcomes.count { $0 == .clientClosed } == 1)
        }
    }

    @Test func aFollowerThatGoesAwayTakesNobodyAlong() async throws {
        let gate = Gate()
        let backend = try await backend(gate)
        try await withGateway([entry("a", at: backend.url)], settings: Self.settings) { gateway in
            async let leader = gateway.chat("a", Self.exact)
            #expect(try await eventually { backend.requests.count == 1 })
            let follower = Task { try await gateway.chat("a", Self.exact) }
            #expect(try await eventually { gateway.metric("switchyard_in_flight_requests") == 2 })
            follower.cancel()
            #expect(try await eventually { gateway.metric("switchyard_in_flight_requests") == 1 })
            gate.open()
            #expect(try await leader.status == 200)
            let outcomes = try await gateway.ledger().map { $0.request.outcome }
            #expect(outcomes == [.completed, .clientClosed])
        }
    }

    /// Each of them would meet the same failure, and add to the backend's load.
    @Test(arguments: [(500, 502), (422, 422)])
    func aFailureOfTheBackendGoesToAll(status: Int, told: Int) async throws {
        let gate = Gate()
        let backend = try await backend(gate, status: status)
        try await withGateway([entry("a", at: backend.url)], settings: Self.settings) { gateway in
            let answers = try await answers(4, of: gateway, opening: gate)
            #expect(answers.map(\.status) == [told, told, told, told])
            #expect(backend.requests.count == 1)
            let rows = try await gateway.ledger()
            #expect(rows.allSatisfy { !$0.request.outcome.isSuccess && $0.request.cost == .zero })
        }
    }

    @Test(
        arguments: [
            // One of them is no request that gets the same answer each time, or another question.
            { $0 == 0 ? Self.exact : #""temperature":0.5"# }, { #""seed":\#($0)"# },
            // A stream's follower would see nothing until the leader had seen all.
            { _ in Self.exact + #","stream":true"# },
        ] as [@Sendable (Int) -> String]
    )
    func othersAreCalledForThemselves(members: @escaping @Sendable (Int) -> String) async throws {
        let gate = Gate()
        let backend = try await backend(gate)
        try await withGateway([entry("a", at: backend.url)], settings: Self.settings) { gateway in
            let answers = try await answers(2, of: gateway, opening: gate, members)
            #expect(answers.allSatisfy { $0.status == 200 && $0.fields["x-switchyard-cache"] == nil })
            #expect(backend.requests.count == 2)
        }
    }

    /// Another organisation's key, or one that may do other things, is called for by itself.
    @Test(arguments: ["organisation: lab", "organisation: shop, models: [a]"])
    func keysThatMayDoOtherThingsShareNothing(other: String) async throws {
        let gate = Gate()
        let backend = try await backend(gate)
        let settings =
            Self.settings + """

                keys:
                  - { id: a, organisation: shop, secret_variable: A }
                  - { id: b, \(other), secret_variable: B }
                """
        let environment = ["A": "sk-aaaaaaaaaaaaaaaa", "B": "sk-bbbbbbbbbbbbbbbb"]
        try await withGateway([entry("a", at: backend.url)], settings: settings, environment: environment) { gateway in
            let keys = environment.values.map { "api-key: \($0)\r\n" }
            _ = try await answers(2, of: gateway, opening: gate, fields: { keys[$0] })
            #expect(backend.requests.count == 2)
        }
    }

    @Test func withoutTheSettingEveryRequestIsCalledFor() async throws {
        let gate = Gate()
        let backend = try await backend(gate)
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            _ = try await answers(2, of: gateway, opening: gate)
            #expect(backend.requests.count == 2)
        }
    }
}
