import Budgets
import Domain
import Testing

@Suite struct BudgetBookTests {
    @Test func aHoldAndWhatIsSpentShareTheCap() throws {
        let book = BudgetBook([budget("daily", 100)])
        let first = try book.hold(dollars(60))
        #expect(throws: Shortfall.self) { try book.hold(dollars(41)) }
        let second = try book.hold(dollars(40))
        #expect(book.settle(first, actual: dollars(10), now: morning))
        #expect(book.spent("daily") == 10)
        #expect(book.held("daily") == 40)
        book.cancel(second, now: morning)
        #expect(book.status("daily")?.left == 90)
        #expect(book.status("daily")?.refusals == 1)
    }

    @Test func aHoldIsSettledOnce() throws {
        let book = BudgetBook([budget("daily", 100)])
        let hold = try book.hold(dollars(60))
        #expect(book.settle(hold, actual: dollars(50), now: morning))
        #expect(!book.settle(hold, actual: dollars(50), now: morning))
        // The place is taken again, and the old ticket still finds nothing.
        let next = try book.hold(dollars(20))
        #expect(!book.cancel(hold, now: morning))
        #expect(book.spent("daily") == 50)
        #expect(book.held("daily") == 20)
        book.cancel(next, now: morning)
    }

    @Test func allBudgetsHoldOrNone() throws {
        let book = BudgetBook([
            budget("all", 100), budget("tight", 10, scope: .tag("batch")),
            budget("model", 30, scope: .model(ModelID("model"))),
        ])
        #expect(throws: Shortfall.self) { try book.hold(dollars(20), tags: ["batch"]) }
        #expect(book.held("all") == 0)
        #expect(book.held("model") == 0)
        _ = try book.hold(dollars(20))
        #expect(book.held("all") == 20)
        #expect(book.held("tight") == 0)
        #expect(book.held("model") == 20)
        _ = try book.hold(dollars(20), model: ModelID("other"))
        #expect(book.held("model") == 20)
    }

    @Test func everyScopeOfThePayerCounts() throws {
        let payer = Payer(
            organisation: TenantID(rawValue: "o"),
            team: TeamID(rawValue: "t"),
            key: KeyID(rawValue: "k")
        )
        let scopes: [Budget.Scope] = [
            .everyone, .organisation(payer.organisation), .team(TeamID(rawValue: "t")), .key(KeyID(rawValue: "k")),
            .tag("x"), .model(ModelID("model")),
        ]
        let book = BudgetBook(scopes.enumerated().map { budget("\($0)", 100, scope: $1) })
        _ = try book.hold(dollars(1), payer: payer, tags: ["x", "x"])
        _ = try book.hold(dollars(1))
        let held = book.snapshot(now: morning, holdsMax: 9).budgets.map(\.held)
        #expect(held == [2, 1, 1, 1, 1, 2])
    }

    @Test func whatDoesNotFitIsScaledDownToItsMinimum() throws {
        let book = BudgetBook([budget("daily", 100), budget("tokens", 1000, measure: .tokens)])
        let need = Charge(cost: Money(nanodollars: 300), tokens: 1000)
        let minimum = Charge(cost: Money(nanodollars: 50), tokens: 500)
        let hold = try book.hold(need, minimum: minimum)
        // A fifth of the way from minimum to need, rounded down.
        #expect(hold.granted.cost.nanodollars == 99 || hold.granted.cost.nanodollars == 100)
        #expect((599...600).contains(hold.granted.tokens))
        #expect(throws: Shortfall.self) { try book.hold(need, minimum: minimum) }
    }

    @Test func aShortfallNamesTheBudgetAndWhenItResets() throws {
        let book = BudgetBook([budget("hourly", 100, window: .calendar(.hour))])
        let first = try book.hold(dollars(70))
        let shortfall = #expect(throws: Shortfall.self) { try book.hold(dollars(31)) }
        #expect(shortfall?.budgetID == "hourly")
        #expect(shortfall?.left == 30)
        #expect(shortfall?.asked == 31)
        #expect(shortfall?.resetsAt == morning + hour)
        #expect(shortfall?.isPassing == true)
        book.settle(first, actual: dollars(70), now: morning)
        #expect((#expect(throws: Shortfall.self) { try book.hold(dollars(31)) })?.isPassing == false)
        #expect((#expect(throws: Shortfall.self) { try book.hold(dollars(101)) })?.resetsAt == nil)
    }

    @Test func aStreamExtendsItsHoldWhileThereIsRoom() throws {
        let book = BudgetBook([budget("daily", 100)])
        var hold = try book.hold(dollars(50))
        try book.extend(&hold, by: dollars(30), minimum: dollars(30), now: morning)
        #expect(hold.granted == dollars(80))
        #expect(throws: Shortfall.self) {
            try book.extend(&hold, by: dollars(30), minimum: dollars(21), now: morning)
        }
        #expect(hold.granted == dollars(80))
        try book.extend(&hold, by: dollars(30), minimum: dollars(5), now: morning)
        #expect((99...100).contains(hold.granted.cost.nanodollars))
        book.settle(hold, actual: dollars(90), now: morning)
        #expect(book.status("daily")?.left == 10)
    }

    @Test func overspendIsToldAndNotHidden() throws {
        let book = BudgetBook([budget("daily", 100)])
        let other = try book.hold(dollars(60))
        let hold = try book.hold(dollars(30))
        book.settle(hold, actual: dollars(40), now: morning)
        #expect(book.status("daily")?.overspend == 0)
        book.settle(other, actual: dollars(75), now: morning)
        #expect(book.spent("daily") == 115)
        #expect(book.status("daily")?.overspend == 15)
        #expect(throws: Shortfall.self) { try book.hold(dollars(1)) }
        _ = try book.hold(.zero)
    }

    @Test func aRequestsOwnBudgetCountsItsEarlierAttempts() throws {
        let book = BudgetBook([budget("each", 100, window: .request)])
        _ = try book.hold(dollars(100))
        _ = try book.hold(dollars(100))
        _ = try book.hold(dollars(40), before: dollars(60))
        let shortfall = #expect(throws: Shortfall.self) { try book.hold(dollars(41), before: dollars(60)) }
        #expect(shortfall?.left == 40)
        #expect(shortfall?.resetsAt == nil)
    }

    @Test func aChargeBelongsToTheWindowItStartedIn() throws {
        let book = BudgetBook([budget("hourly", 100, window: .calendar(.hour))])
        let end = morning + hour
        let old = try book.hold(dollars(100), now: end - 1)
        let new = try book.hold(dollars(100), now: end)
        #expect(throws: Shortfall.self) { try book.hold(dollars(1), startedAt: end - 1, now: end) }
        book.settle(old, actual: dollars(30), now: end + 1)
        #expect(book.spent("hourly", now: end + 1) == 0)
        _ = try book.hold(dollars(70), startedAt: end - 1, now: end + 1)
        book.settle(new, actual: dollars(40), now: end + 2)
        #expect(book.spent("hourly", now: end + 2) == 40)
        #expect(book.status("hourly", now: end + 2)?.window == end..<end + hour)
    }

    @Test func aRollingWindowLetsGoLateAndNeverEarly() throws {
        let book = BudgetBook([budget("rolling", 100, window: .rolling(.hour))])
        let cell = hour / 240
        let started = morning + cell / 3
        book.settle(try book.hold(dollars(100), now: started), actual: dollars(100), now: started)
        let shortfall = #expect(throws: Shortfall.self) { try book.hold(dollars(1), now: started + hour) }
        let reset = try #require(shortfall?.resetsAt)
        #expect(reset > started + hour && reset <= started + hour + cell)
        #expect(throws: Shortfall.self) { try book.hold(dollars(1), now: reset - 1) }
        _ = try book.hold(dollars(100), now: reset)
    }

    @Test func holdsExpireAndALateSettlementSetsThemRight() throws {
        for expiry in BudgetSettings.Expiry.allCases {
            let book = BudgetBook(
                [budget("daily", 100)],
                settings: BudgetSettings(holdMillisecondsMax: 1000, expiry: expiry)
            )
            let hold = try book.hold(dollars(60))
            #expect(book.held("daily", now: morning + 999) == 60)
            #expect(book.held("daily", now: morning + 1000) == 0)
            #expect(book.spent("daily", now: morning + 1000) == (expiry == .charge ? 60 : 0))
            #expect(book.settle(hold, actual: dollars(20), now: morning + 2000))
            #expect(book.spent("daily", now: morning + 2000) == 20)
            #expect(!book.settle(hold, actual: dollars(20), now: morning + 2000))
        }
    }

    @Test func aReloadKeepsWhatIsTaken() throws {
        let book = BudgetBook([budget("a", 100), budget("b", 100)])
        book.settle(try book.hold(dollars(30)), actual: dollars(30), now: morning)
        let hold = try book.hold(dollars(40))
        let queries = book.replace([budget("c", 500), budget("b", 60)], [], now: morning)
        #expect(queries.map(\.budgetID) == ["c"])
        #expect(book.spent("b") == 30)
        #expect(book.held("b") == 40)
        #expect(book.status("b")?.left == -10)
        #expect(book.held("c") == 40)
        #expect(throws: Shortfall.self) { try book.hold(dollars(1)) }
        book.settle(hold, actual: dollars(25), now: morning)
        #expect(book.spent("b") == 55)
        #expect(book.spent("c") == 25)
        // A budget that counts something else starts anew.
        _ = book.replace([budget("b", 60, window: .calendar(.hour))], [], now: morning)
        #expect(book.spent("b") == 0)
    }

    @Test func anAccountSetOutlivesAReload() throws {
        let book = BudgetBook([budget("a", 100)])
        let claim = Claim(
            accounts: book.accounts(for: .anonymous, tags: []),
            model: ModelID("model"),
            request: RequestID(high: 1, low: 1),
            startedAt: morning,
            before: .zero,
            need: dollars(10),
            minimum: dollars(10)
        )
        _ = book.replace([budget("b", 5), budget("a", 100)], [], now: morning)
        #expect(throws: Shortfall.self) { try book.hold(claim, now: morning) }
        _ = book.replace([], [], now: morning)
        _ = try book.hold(claim, now: morning)
    }

    @Test func theHeadroomIsTheLeastOfAllBudgets() throws {
        let book = BudgetBook([
            budget("all", 100), budget("each", 70, window: .request),
            budget("model", 30, scope: .model(ModelID("small"))),
            budget("grams", 5, measure: .carbon),
        ])
        _ = try book.hold(Charge(cost: Money(nanodollars: 20), carbon: Carbon(micrograms: 2)))
        let accounts = book.accounts(for: .anonymous, tags: [])
        func headroom(_ model: ModelID?, before: Charge) -> Headroom {
            book.headroom(of: accounts, model: model, before: before, startedAt: morning, now: morning)
        }
        #expect(headroom(nil, before: .zero).left.cost.nanodollars == 70)
        #expect(headroom(nil, before: dollars(65)).left.cost.nanodollars == 5)
        #expect(headroom(ModelID("small"), before: .zero).left.cost.nanodollars == 30)
        #expect(headroom(nil, before: .zero).left.carbon.micrograms == 3)
        #expect(headroom(nil, before: .zero).left.tokens == .max)
        #expect(headroom(nil, before: .zero).prices == Headroom.unlimited.prices)
    }

    @Test func absurdAmountsNeitherTrapNorPass() throws {
        let all = Charge(cost: .max, tokens: .max, energy: .max, carbon: .max)
        let cap: Int64 = 1 << 62
        let book = BudgetBook(Budget.Measure.allCases.map { budget($0.rawValue, cap, measure: $0) })
        let first = try book.hold(all, minimum: .zero)
        // Scaled by a 2^30th at a time.
        #expect((cap - (1 << 34)...cap).contains(first.granted.tokens))
        book.settle(first, actual: all, now: morning)
        #expect(book.status("usd")?.overspend == .max - cap)
        let second = try book.hold(dollars(-5))
        #expect(second.granted == .zero)
        book.settle(second, actual: all, now: morning)
        #expect(book.spent("usd") == .max)
        let negative = BudgetBook([budget("n", -1)])
        #expect(throws: Shortfall.self) { try negative.hold(dollars(1)) }
    }

    @Test func theSnapshotListsTheOldestHolds() throws {
        let book = BudgetBook([])
        let holds = try (1...5).map { try book.hold(dollars(Int64($0))) }
        book.cancel(holds[1], now: morning)
        let snapshot = book.snapshot(now: morning, holdsMax: 2)
        #expect(snapshot.holds.map(\.amounts) == [dollars(1), dollars(3)])
        #expect(snapshot.holdCount == 4)
    }
}
