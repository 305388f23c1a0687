import Budgets
import Domain
import Ledger
import Reactor
import Tenancy
import Testing
import Upstream

@testable import Gateway

/// Budgets over HTTP: in force at once, topped up for their window.
@Suite struct BudgetEndpointsTests {
    private static let tiny =
        #"{"id":"tiny","scope":"everyone","measure":"usd","cap":0.000000001,"window":"month"}"#

    @Test func aBudgetRefusesFromItsMakingToItsDeletion() async throws {
        try await withAdministrator { gateway, admin in
            #expect(try await gateway.chat("a").status == 200)
            let made = try await admin.ask(.post, "budgets", Self.tiny)
            #expect(made.status == 201)
            #expect(made.json("spent") != "0", "what was spent before in its window counts")
            #expect(try await gateway.chat("a").json("error.code") == "insufficient_quota")
            #expect(try await admin.ask(.patch, "budgets/tiny", #"{"cap":5}"#).json("cap") == "5.0")
            #expect(try await gateway.chat("a").status == 200)
            let shown = try await admin.get("budgets/tiny")
            #expect(shown.body.contains(#""holds":[]"#) && shown.json("refusals") == "1")
            #expect(try await admin.ask(.patch, "budgets/tiny", #"{"cap":0}"#).json("cap") == "0.0")
            #expect(try await gateway.chat("a").status == 429)
            #expect(try await admin.ask(.delete, "budgets/tiny").status == 200)
            #expect(try await gateway.chat("a").status == 200)
            #expect(try await admin.get("budgets/tiny").status == 404)
        }
    }

    @Test func aTopUpRaisesTheCapForTheWindow() async throws {
        let settings = "budgets: [{ id: fixed, measure: usd, cap: 0.000000001, window: month }]"
        try await withAdministrator(settings: settings) { gateway, admin in
            #expect(try await gateway.chat("a").status == 429)
            let answer = try await admin.ask(.post, "budgets/fixed/top_ups", #"{"amount":2,"note":"launch"}"#)
            #expect((answer.status, answer.json("topped_up"), answer.json("origin")) == (201, "2.0", "declared"))
            #expect(try await gateway.chat("a").status == 200)
            #expect(try await admin.get("audit").body.contains(#""action":"top_up","kind":"budget","subject":"fixed""#))
            #expect(
                try await admin.ask(.patch, "budgets/fixed", #"{"cap":1}"#).json("error.code") == "declared_in_settings"
            )
        }
    }

    /// Inside the window the top-up counts, from its end on it does not.
    @Test func aTopUpLapsesWithItsWindow() throws {
        let budget = Budget(id: "b", scope: .everyone, measure: .tokens, cap: 10, window: .calendar(.minute))
        var contents = ControlContents.empty
        contents.budgets = [budget]
        contents.topUps = [TopUp(budgetID: "b", addedUnixMilliseconds: 30_000, amount: 5, note: "")]
        func rules(at now: Int64) throws -> SpendControl.Rules {
            try SpendControl.Rules(.test([entry("a")]), contents, [], at: now)
        }
        let (inside, outside) = (try rules(at: 59_999), try rules(at: 60_000))
        #expect((inside.budgets[0].cap, inside.lapsesAt) == (15, 60_000))
        #expect((outside.budgets[0].cap, outside.lapsesAt) == (10, nil))
    }

    @Test func whatIsHeldIsSeen() async throws {
        try await withAdministrator { gateway, admin in
            let order = #"{"id":"wide","scope":"model","of":"a","measure":"tokens","cap":1000000,"window":"day"}"#
            #expect(try await admin.ask(.post, "budgets", order).status == 201)
            let now = WallClock.unixMilliseconds
            let book = gateway.service.spending.book
            let claim = Claim(
                accounts: book.accounts(for: .anonymous, tags: []),
                model: ModelID("a"),
                request: RequestID(high: 1, low: 2),
                startedAt: now,
                before: .zero,
                need: Charge(tokens: 7),
                minimum: Charge(tokens: 7)
            )
            let hold = try book.hold(claim, now: now)
            defer { book.cancel(hold, now: now) }
            let shown = try await admin.get("holds")
            #expect(shown.json("count") == "1" && shown.body.contains(#""tokens":7"#))
            #expect(try await admin.get("budgets/wide").body.contains(#""model":"a","since_unix_ms":\#(now)"#))
        }
    }

    @Test(arguments: [
        (#""scope":"key","of":"nobody""#, "of"), (#""scope":"key""#, "of"), (#""scope":"everyone","of":"x""#, "of"),
        (#""scope":"model","of":"aa""#, "of"), (#""scope":"everyone","rolling":true"#, "rolling"),
        (#""scope":"all""#, "scope"),
    ])
    func aBudgetForNobodyIsRefused(scope: String, param: String) async throws {
        try await withAdministrator { _, admin in
            let window = scope.contains("rolling") ? "request" : "day"
            let body = #"{"id":"b","measure":"usd","cap":1,"window":"\#(window)",\#(scope)}"#
            let answer = try await admin.ask(.post, "budgets", body)
            #expect((answer.status, answer.json("error.param")) == (400, param))
        }
    }

    @Test func aNameIsGivenToOneBudgetOfAnyKind() async throws {
        try await withAdministrator { _, admin in
            let latency = #"{"id":"tiny","scope":"everyone","window":"hour","limit_ms":250.5,"share":0.9}"#
            let made = try await admin.ask(.post, "latency_budgets", latency)
            #expect((made.status, made.json("limit_ms"), made.json("exhausted")) == (201, "250.5", "1"))
            #expect(try await admin.ask(.post, "budgets", Self.tiny).json("error.code") == "already_exists")
            #expect(try await admin.ask(.patch, "latency_budgets/tiny", #"{"share":0.5}"#).json("share") == "0.5")
            #expect(try await admin.get("latency_budgets").body.contains(#""limit_ms":250.5"#))
            #expect(try await admin.ask(.delete, "latency_budgets/tiny").status == 200)
            #expect(try await admin.ask(.post, "budgets", Self.tiny).status == 201)
        }
    }
}
