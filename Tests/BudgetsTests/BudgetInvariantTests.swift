import Budgets
import Domain
import Testing

@Suite struct BudgetInvariantTests {
    /// Spent and held stay within the cap after every step, and are what the rows and the requests under way add up to.
    ///
    /// The optimum that refusals are compared with knows the same as the book: it admits a request if and only if its
    /// minimum fits into what truly remains, in windows that are exact to the millisecond. The book may refuse 2 % more.
    @Test func theBookIsTrueAfterEveryStep() {
        var refused = 0
        var refusedEarly = 0
        for seed in 0..<24 as Range<UInt64> {
            var world = BudgetWorld(seed: seed)
            for _ in 0..<1200 where world.problems.isEmpty {
                world.step()
                world.compare()
            }
            #expect(world.problems.isEmpty, "seed \(seed): \(world.problems.first ?? "")")
            refused += world.figures.refused
            refusedEarly += world.figures.refusedEarly
        }
        #expect(Double(refusedEarly) <= 0.02 * Double(refused - refusedEarly))
        // Else it would say nothing.
        #expect(refused > 1000)
    }

    /// The same with thousands of requests under way at once, and with processes killed among them.
    @Test func theBookIsTrueInACrowd() {
        var figures: [BudgetWorld.Figures] = []
        for seed in 0..<2 as Range<UInt64> {
            var world = BudgetWorld(seed: seed, crowd: 2500)
            for step in 0..<7000 where world.problems.isEmpty {
                world.step()
                world.look()
                if step.isMultiple(of: 100) { world.compare() }
            }
            #expect(world.problems.isEmpty, "seed \(seed): \(world.problems.first ?? "")")
            figures.append(world.figures)
        }
        #expect(figures.allSatisfy { $0.mostOpen >= 2000 && $0.crashes >= 2 }, "\(figures)")
        #expect(figures.reduce(0) { $0 + $1.refused } >= 300, "\(figures)")
    }
}
