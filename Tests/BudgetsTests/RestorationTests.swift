import Budgets
import Domain
import Testing

@Suite struct RestorationTests {
    private let latency = LatencyBudget(
        id: "slow",
        scope: .everyone,
        limit: .seconds(2),
        share: 0.9,
        window: .calendar(.day)
    )

    @Test func theQueriesCoverTheWindowUpToTheStart() {
        let now = morning + 90_000
        let book = BudgetBook(
            [
                budget("calendar", 100, window: .calendar(.hour)),
                budget("rolling", 100, measure: .carbon, window: .rolling(.hour)), budget("each", 1, window: .request),
            ],
            [latency],
            settings: BudgetSettings(),
            now: now
        )
        let queries = book.restorationQueries
        #expect(queries.map(\.budgetID) == ["calendar", "rolling", "slow"])
        #expect(queries[0].started == morning..<morning + hour)
        #expect(queries[0].cellMilliseconds == nil)
        #expect(queries[1].quantity == .amount(.carbon))
        #expect(queries[1].cellMilliseconds == hour / 240)
        #expect(queries[1].started == now - hour..<now + hour / 240)
        #expect(queries[2].quantity == .answers(limit: .seconds(2)))
    }

    @Test func aNewBookGoesOnWhereTheOldOneWas() throws {
        let now = morning + 90_000
        let budgets = [
            budget("calendar", 100, window: .calendar(.hour)), budget("rolling", 100, window: .rolling(.minute)),
        ]
        let book = BudgetBook(budgets, [latency], settings: BudgetSettings(), now: now)
        book.restore(
            [
                RestoredSum(budgetID: "calendar", startedAt: morning, amount: 40),
                RestoredSum(budgetID: "rolling", startedAt: now - 60_000, amount: 20),
                RestoredSum(budgetID: "rolling", startedAt: now - 30_000, amount: 30),
                RestoredSum(budgetID: "rolling", startedAt: now - 70_000, amount: 99),
                RestoredSum(budgetID: "slow", startedAt: morning, amount: 7, answersOver: 2),
                RestoredSum(budgetID: "gone", startedAt: morning, amount: 7),
            ],
            now: now
        )
        #expect(book.spent("calendar", now: now) == 40)
        #expect(book.spent("rolling", now: now) == 50)
        #expect(book.spent("rolling", now: now + 1000) == 30)
        #expect(book.spent("calendar", now: morning + hour) == 0)
        let status = book.snapshot(now: now, holdsMax: 0).latencyBudgets.first
        #expect(status?.within == 7)
        #expect(status?.over == 2)
    }
}
