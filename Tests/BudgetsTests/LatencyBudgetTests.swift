import Budgets
import Domain
import Testing

@Suite struct LatencyBudgetTests {
    private let model = ModelID("model")

    private func book(share: Double, window: Budget.Window) -> BudgetBook {
        let limit = LatencyBudget(id: "slow", scope: .everyone, limit: .seconds(2), share: share, window: window)
        return BudgetBook([], [limit], settings: BudgetSettings(), now: morning)
    }

    private func latencyMax(_ book: BudgetBook, now: Int64) -> Duration? {
        let accounts = book.accounts(for: .anonymous, tags: [])
        return book.headroom(of: accounts, model: nil, before: .zero, startedAt: now, now: now).latencyMax
    }

    /// With 95 % in time, one of twenty may be slow: not before nineteen were fast.
    @Test func oneOfTwentyMayBeSlow() {
        let book = book(share: 0.95, window: .calendar(.hour))
        let accounts = book.accounts(for: .anonymous, tags: [])
        for answers in 0..<19 {
            #expect(latencyMax(book, now: morning) == .seconds(2), "after \(answers) answers")
            book.count(.seconds(2), of: accounts, model: model, startedAt: morning, now: morning)
        }
        #expect(latencyMax(book, now: morning) == nil)
        book.count(.seconds(2.001), of: accounts, model: model, startedAt: morning, now: morning)
        #expect(latencyMax(book, now: morning) == .seconds(2))
        let status = book.snapshot(now: morning, holdsMax: 0).latencyBudgets.first
        #expect(status?.within == 19)
        #expect(status?.over == 1)
        #expect(book.snapshot(now: morning + hour, holdsMax: 0).latencyBudgets.first?.within == 0)
    }

    @Test func aShareOfNothingLimitsNothingAndARequestsOwnAlways() {
        #expect(latencyMax(book(share: 0, window: .rolling(.hour)), now: morning) == nil)
        #expect(latencyMax(book(share: 0.5, window: .request), now: morning) == .seconds(2))
    }
}
