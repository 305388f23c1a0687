import Budgets
import Domain
import Ledger
import Reactor
import Server
import Synchronization
import Testing

@testable import Gateway

/// A request that is late is sent to a second model as well: one answer, both charged, the slower one called off at once.
@Suite struct HedgingTests {
    /// A backend that is quick until it is told to be late: from then on it answers, or fails, when its gate opens.
    private final class Moody: Sendable {
        let gate = Gate()
        private let isLate = Mutex(false)
        private let status: Int
        private let sendsHeadAtOnce: Bool

        init(status: Int = 200, sendsHeadAtOnce: Bool = false) {
            self.status = status
            self.sendsHeadAtOnce = sendsHeadAtOnce
        }

        func becomeLate() { isLate.withLock { $0 = true } }

        func serve() async throws -> ScriptedBackend {
            try await ScriptedBackend { exchange, _ in
                if self.isLate.withLock({ $0 }) {
                    if self.sendsHeadAtOnce { try await exchange.stream([Chat.role], ends: false) }
                    try await self.gate.wait(exchange)
                    if self.status != 200 { return try await exchange.json("{}", status: self.status) }
                }
                try await exchange.answerChat()
            }
        }
    }

    /// What `changes` do not say: late after 0.4 s, once three answers are known.
    private static func settings(_ changes: [String: String] = [:], attemptsMax: Int = 4, _ more: String = "") -> String
    {
        let usual = [
            "enabled": "true", "quantile": "0.9", "delay_seconds_min": "0.4", "samples_min": "3", "share_max": "0.5",
            "usd_per_second_max": "1000",
        ]
        let hedging = usual.merging(changes) { $1 }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        return """
            routing: { attempts_max: \(attemptsMax), retry_wait_seconds_max: 0, hedging: { \(hedging) } }
            carbon: { router_watts: 0 }
            \(more)
            """
    }

    private static func body(streams: Bool = false, outputTokensMax: Int? = nil, _ route: String = "") -> String {
        #"{"model":"a","stream":\#(streams),"messages":[{"role":"user","content":"Hi"}],"#
            + (outputTokensMax.map { #""max_tokens":\#($0),"# } ?? "") + #""route":{"fallbacks":["b"]\#(route)}}"#
    }

    /// Asks `a` often enough for it to be known.
    private func learn(_ gateway: RunningGateway, streams: Bool = false) async throws {
        for _ in 0..<4 {
            let answer = try await gateway.post("route", Self.body(streams: streams))
            #expect(answer.status == 200)
        }
    }

    private func hedges(_ won: Bool) -> String { #"switchyard_hedges_total{model="b",won="\#(won)"}"# }

    @Test(arguments: [(false, false), (true, false), (true, true)])
    func theSecondAnswersWhereTheFirstIsLate(streams: Bool, sendsHeadAtOnce: Bool) async throws {
        let moody = Moody(sendsHeadAtOnce: sendsHeadAtOnce)
        let (late, quick) = (try await moody.serve(), try await ScriptedBackend.sound())
        let models = [entry("a", at: late.url), entry("b", at: quick.url)]
        try await withGateway(models, settings: Self.settings()) { gateway in
            try await learn(gateway, streams: streams)
            let before = gateway.metric(hedges(true))
            moody.becomeLate()
            let answer = try await gateway.post("route", Self.body(streams: streams))
            #expect(answer.status == 200 && answer.body.contains("Hello") && !answer.isCut)
            #expect(answer.fields["x-switchyard-model"] == "b")
            #expect(answer.fields["x-switchyard-hedged"] == "true")
            #expect(answer.fields["x-switchyard-attempts"] == "2")
            // Called off, and nothing of it is left.
            try await comesTrue { late.inFlight == 0 }
            let entry = try #require(try await gateway.ledger().last)
            #expect((gateway.active("a"), gateway.active("b")) == (0, 0))
            #expect(gateway.metric(#"switchyard_model_circuit{model="a",state="closed"}"#) == 1)
            #expect(entry.request.outcome == .completed && entry.request.modelUsed?.rawValue == "b")
            #expect(entry.attempts.map(\.outcome) == [.superseded, .completed])
            #expect(entry.attempts.map(\.model.rawValue) == ["a", "b"])
            // The backend may have worked on it: it is charged, and the request's cost is that of both.
            #expect(entry.attempts[0].cost.nanodollars > 0)
            #expect(entry.attempts.reduce(Money.zero) { $0 + $1.cost } == entry.request.cost)
            #expect(entry.request.upstreamMicroseconds <= entry.request.durationMicroseconds)
            #expect(gateway.metric(hedges(true)) == before + 1)
        }
    }

    @Test(arguments: [false, true])
    func theFirstAnswersWhereItIsFasterAfterAll(streams: Bool) async throws {
        let moody = Moody()
        let (late, silent) = (try await moody.serve(), try await ScriptedBackend.silent())
        let models = [entry("a", at: late.url), entry("b", at: silent.url)]
        try await withGateway(models, settings: Self.settings()) { gateway in
            try await learn(gateway, streams: streams)
            let before = gateway.metric(hedges(false))
            moody.becomeLate()
            async let pending = gateway.post("route", Self.body(streams: streams))
            try await comesTrue { silent.inFlight == 1 }
            moody.gate.open()
            let answer = try await pending
            #expect(answer.fields["x-switchyard-model"] == "a" && answer.body.contains("Hello"))
            #expect(answer.fields["x-switchyard-hedged"] == "true")
            try await comesTrue { silent.inFlight == 0 }
            let entry = try #require(try await gateway.ledger().last)
            #expect(entry.attempts.map(\.outcome) == [.superseded, .completed])
            #expect(entry.attempts.map(\.model.rawValue) == ["b", "a"])
            #expect(gateway.metric(hedges(false)) == before + 1)
            #expect((gateway.active("a"), gateway.active("b")) == (0, 0))
        }
    }

    @Test func aModelThatIsAloneIsAskedTwice() async throws {
        let backend = try await ScriptedBackend { exchange, index in
            if index == 4 { return try await exchange.hang() }
            try await exchange.answerChat()
        }
        let settings = Self.settings(["delay_seconds_min": "2"])
        try await withGateway([entry("a", at: backend.url)], settings: settings) { gateway in
            for _ in 0..<4 { _ = try await gateway.chat("a") }
            let answer = try await gateway.chat("a")
            #expect((answer.status, answer.fields["x-switchyard-attempts"]) == (200, "2"))
            #expect(backend.requests.count == 6)
            try await comesTrue { backend.inFlight == 0 }
            #expect(gateway.active("a") == 0)
        }
    }

    /// Each of these keeps the late request the only one.
    @Test(
        arguments: [
            (["enabled": "false"], 4, "", ""),
            (["share_max": "0", "saved_max": "1", "quantile": "0.5"], 4, "spent", ""),
            (["usd_per_second_max": "0"], 4, "", ""), (["samples_min": "200"], 4, "", ""),
            (["delay_seconds_min": "3000"], 4, "", ""), ([:], 2, "", ""),
            ([:], 4, "budgets: [{ id: each, scope: everyone, measure: usd, cap: 1, window: request }]", ""),
            ([:], 4, "rate_limits: [{ scope: model, of: b, tokens_per_minute: 1 }]", ""),
            ([:], 4, "", #","max_cost_usd":0.0030"#),
        ] as [([String: String], Int, String, String)]
    )
    func isNotHedgedWhereItMayNotBe(
        hedging: [String: String],
        attemptsMax: Int,
        more: String,
        limit: String
    ) async throws {
        let moody = Moody()
        let (late, other) = (try await moody.serve(), try await ScriptedBackend.sound())
        let models = [entry("a", at: late.url), entry("b", at: other.url)]
        let isSpent = more == "spent"
        let settings = Self.settings(hedging, attemptsMax: attemptsMax, isSpent ? "" : more)
        try await withGateway(models, settings: settings) { gateway in
            try await learn(gateway)
            moody.becomeLate()
            if isSpent { _ = try await gateway.post("route", Self.body()) }
            let before = other.requests.count
            async let pending = gateway.post("route", Self.body(limit))
            try await comesTrue { late.inFlight == 1 }
            try await Task.sleep(for: .milliseconds(800))
            #expect(other.requests.count == before)
            moody.gate.open()
            let answer = try await pending
            #expect((answer.status, answer.fields["x-switchyard-model"]) == (200, "a"))
            #expect(answer.fields["x-switchyard-hedged"] == nil)
        }
    }

    @Test func whereBothFailTheFirstReasonIsToldAndNothingIsLeft() async throws {
        let moody = Moody(status: 500)
        let (late, broken) = (try await moody.serve(), try await ScriptedBackend.failing(401))
        let models = [entry("a", at: late.url), entry("b", at: broken.url)]
        try await withGateway(models, settings: Self.settings(attemptsMax: 3)) { gateway in
            try await learn(gateway)
            moody.becomeLate()
            async let pending = gateway.post("route", Self.body())
            try await comesTrue { broken.requests.count == 1 && broken.inFlight == 0 }
            moody.gate.open()
            let answer = try await pending
            #expect(answer.status == 502 && answer.json("error.message").contains("a: status 500"))
            #expect((gateway.active("a"), gateway.active("b")) == (0, 0))
            let entry = try #require(try await gateway.ledger().last)
            #expect(entry.attempts.prefix(2).map(\.model.rawValue) == ["b", "a"])
        }
    }

    /// The hedge's refusal is nobody's answer while the first may still do.
    @Test func whatTheSecondRefusesTheFirstMayAnswer() async throws {
        let moody = Moody()
        let (late, prim) = (try await moody.serve(), try await ScriptedBackend.failing(400))
        let models = [entry("a", at: late.url), entry("b", at: prim.url)]
        try await withGateway(models, settings: Self.settings()) { gateway in
            try await learn(gateway)
            moody.becomeLate()
            async let pending = gateway.post("route", Self.body())
            try await comesTrue { prim.requests.count == 1 && prim.inFlight == 0 }
            moody.gate.open()
            let answer = try await pending
            #expect((answer.status, answer.fields["x-switchyard-model"]) == (200, "a"))
        }
    }

    /// Four answers have been paid for when the late one comes, which may take five more, and so may the one beside it.
    ///
    /// One that the budget would cut short is not sent, though there were room for a short answer.
    @Test(arguments: [(9.5, false), (13, false), (15, true), (30, true)])
    func whatIsSpentAndHeldStaysWithinTheBudget(answers: Double, isHedged: Bool) async throws {
        let moody = Moody()
        let (late, silent) = (try await moody.serve(), try await ScriptedBackend.silent())
        let models = [entry("a", at: late.url), entry("b", at: silent.url)]
        let cap = Int64(answers * Double(Chat.costNanodollars))
        let budget =
            "budgets: [{ id: day, scope: everyone, measure: usd, cap: \(Double(cap) / 1e9), window: day }]"
        try await withGateway(models, settings: Self.settings([:], budget)) { gateway in
            func book() -> [Int64] {
                let book = gateway.service.spending.book.snapshot(now: WallClock.unixMilliseconds, holdsMax: 0)
                return [book.budgets[0].spent, book.budgets[0].held]
            }
            try await learn(gateway)
            moody.becomeLate()
            // The last answer is whole before its backend is done with it.
            try await comesTrue { late.inFlight == 0 }
            #expect(book()[1] == 0)
            async let pending = gateway.post("route", Self.body(outputTokensMax: 200))
            try await comesTrue { late.inFlight == 1 }
            let heldForOne = book()[1]
            #expect(heldForOne > 0)
            try await Task.sleep(for: .milliseconds(800))
            #expect(silent.inFlight == (isHedged ? 1 : 0))
            #expect(isHedged ? book()[1] > heldForOne : book()[1] == heldForOne)
            #expect(book().reduce(0, +) <= cap)
            moody.gate.open()
            let answer = try await pending
            #expect((answer.status, answer.fields["x-switchyard-model"]) == (200, "a"))
            let cost = try await gateway.ledger().reduce(Money.zero) { $0 + $1.request.cost }
            #expect(book() == [cost.nanodollars, 0] && cost.nanodollars <= cap)
        }
    }
}
