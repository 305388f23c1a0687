import Budgets
import Domain
import Synchronization
import Testing

@Suite struct BudgetStressTests {
    /// Eight tasks hold, extend, settle and reload at once, while a ninth looks on.
    @Test func theCapHoldsWhateverHappensAtTheSameTime() async {
        let keys = (0..<4).map { Payer(organisation: TenantID(rawValue: "o"), key: KeyID(rawValue: "k\($0)")) }
        var budgets = [budget("all", 200_000), budget("rolling", 150_000, window: .rolling(.hour))]
        for (number, payer) in keys.enumerated() {
            guard let key = payer.key else { continue }
            budgets.append(budget("key-\(number)", 60_000, scope: .key(key), window: .calendar(.month)))
        }
        let (book, made) = (BudgetBook(budgets), budgets)
        let run = Run()
        async let violations = run.violations(of: book)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 as Range<UInt64> {
                group.addTask {
                    var generator = SeededGenerator(seed: task)
                    for turn in 0..<4000 {
                        let payer = keys[Int.random(in: 0..<4, using: &generator)]
                        let need = Int64.random(in: 1...200, using: &generator)
                        guard var hold = try? book.hold(dollars(need), minimum: dollars(need / 2), payer: payer)
                        else { continue }
                        if turn % 3 == 0 {
                            try? book.extend(&hold, by: dollars(20), minimum: dollars(1), now: morning)
                        }
                        if turn % 100 == 0 { _ = book.replace(made.shuffled(using: &generator), [], now: morning) }
                        let actual = Int64.random(in: 0...hold.granted.cost.nanodollars, using: &generator)
                        book.settle(hold, actual: dollars(actual), now: morning)
                        run.spent.add(actual, ordering: .relaxed)
                        if turn % 7 == 0 { book.settle(hold, actual: dollars(actual), now: morning) }
                    }
                }
            }
        }
        run.isDone.store(true, ordering: .releasing)
        #expect(await violations == 0)
        let snapshot = book.snapshot(now: morning, holdsMax: 1)
        #expect(snapshot.holdCount == 0)
        #expect(snapshot.budgets.allSatisfy { $0.held == 0 && $0.overspend == 0 && $0.spent <= $0.budget.cap })
        let spent = run.spent.load(ordering: .relaxed)
        #expect(book.spent("all") == spent)
        #expect(book.spent("rolling") == spent)
        // Else nobody had to be refused.
        #expect(spent > 149_000)
    }
}

/// What the tasks of a run share.
private final class Run: Sendable {
    let spent = Atomic<Int64>(0)
    let isDone = Atomic<Bool>(false)

    /// How often a look at all budgets at one moment found one beyond its cap, until the run is done.
    @concurrent
    func violations(of book: BudgetBook) async -> Int {
        var violations = 0
        while !isDone.load(ordering: .acquiring) {
            let snapshot = book.snapshot(now: morning, holdsMax: 0)
            violations += snapshot.budgets.count { $0.spent + $0.held > $0.budget.cap }
            await Task.yield()
        }
        return violations
    }
}
