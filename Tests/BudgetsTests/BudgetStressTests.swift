import Budgets
import Domain
import Synchronization
import Testing

@Suite struct BudgetStressTests {
    /// Eight tasks hold, extend, settle and reload at once, with thousands of holds open, and look at the sums meanwhile.
    @Test func theCapHoldsWhateverHappensAtTheSameTime() async {
        let keys = (0..<4).map { Payer(organisation: TenantID(rawValue: "o"), key: KeyID(rawValue: "k\($0)")) }
        var budgets = [budget("all", 200_000), budget("rolling", 150_000, window: .rolling(.hour))]
        for (number, payer) in keys.enumerated() {
            guard let key = payer.key else { continue }
            budgets.append(budget("key-\(number)", 60_000, scope: .key(key), window: .calendar(.month)))
        }
        let (book, made) = (BudgetBook(budgets), budgets)
        let run = Run()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 as Range<UInt64> {
                group.addTask {
                    var generator = SeededGenerator(seed: task)
                    var open: [Hold] = []
                    func settleOne() {
                        let hold = open.remove(at: Int.random(in: 0..<open.count, using: &generator))
                        let actual = Int64.random(in: 0...hold.granted.cost.nanodollars, using: &generator)
                        book.settle(hold, actual: dollars(actual), now: morning)
                        run.spent.add(actual, ordering: .relaxed)
                        if actual % 7 == 0 { book.settle(hold, actual: dollars(actual), now: morning) }
                    }
                    for turn in 0..<8000 {
                        if turn % 20 == 0 {
                            run.look(at: book)
                            await Task.yield()
                        }
                        if turn % 100 == 0 { _ = book.replace(made.shuffled(using: &generator), [], now: morning) }
                        if open.count >= 500 { settleOne() }
                        let payer = keys[Int.random(in: 0..<4, using: &generator)]
                        let need = Int64.random(in: 1...40, using: &generator)
                        guard var hold = try? book.hold(dollars(need), minimum: dollars(need / 2), payer: payer)
                        else {
                            if !open.isEmpty { settleOne() }
                            continue
                        }
                        if turn % 3 == 0 {
                            try? book.extend(&hold, by: dollars(20), minimum: dollars(1), now: morning)
                        }
                        open.append(hold)
                    }
                    while !open.isEmpty { settleOne() }
                }
            }
        }
        #expect(run.violations.load(ordering: .relaxed) == 0)
        #expect(run.holdsMost.load(ordering: .relaxed) > 3000)
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
    let holdsMost = Atomic<Int>(0)
    let violations = Atomic<Int>(0)

    /// Looks at all budgets at one moment, and counts those that are beyond their cap.
    func look(at book: BudgetBook) {
        let snapshot = book.snapshot(now: morning, holdsMax: 0)
        holdsMost.max(snapshot.holdCount, ordering: .relaxed)
        let beyond = snapshot.budgets.count { $0.spent + $0.held > $0.budget.cap }
        violations.add(beyond, ordering: .relaxed)
    }
}
