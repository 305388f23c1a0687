import Domain
import LinearProgramming
import Testing

@Suite struct IntegerProgramTests {
    /// Every choice of whole numbers is tried: 3,000 tiny programs, many of them without a solution.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func findsWhatTryingEveryChoiceFinds(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var infeasible = 0
        for _ in 0..<100 {
            let puzzle = Puzzle(using: &generator)
            let best = puzzle.best()
            if let best {
                let solution = try puzzle.program().solve()
                #expect(solution.status == .optimal)
                #expect(abs(solution.objective - best) < 1e-6)
                #expect(solution.bound <= solution.objective + 1e-6)
                #expect(solution.values.allSatisfy { abs($0 - $0.rounded()) < 1e-6 })
                #expect(puzzle.holds(solution.values.map { Int($0.rounded()) }))
            } else {
                infeasible += 1
                #expect(throws: LinearProgramError.infeasible) { try puzzle.program().solve() }
            }
        }
        #expect((5...80).contains(infeasible), "both kinds are tried")
    }

    /// A knapsack takes part of a thing if it may, and less if it may not.
    @Test func wholeNumbersCostSomething() throws {
        func knapsack(isInteger: Bool) throws -> LinearSolution {
            var program = LinearProgram(.maximize)
            let things = [(7.0, 5.0), (4.0, 3.0), (3.0, 2.5)].map { worth, weight in
                (program.variable(atMost: 1, objective: worth, isInteger: isInteger), weight)
            }
            program.constrain(things.map { ($0.0, $0.1) }, atMost: 7)
            return try program.solve()
        }
        #expect(abs(try knapsack(isInteger: false).objective - (7 + 2.0 / 3 * 4)) < 1e-9)
        #expect(abs(try knapsack(isInteger: true).objective - 7) < 1e-9)
    }

    /// A gap lets it stop early: never above the gap, and never with fewer words about the bound.
    @Test func stopsWithinTheGap() throws {
        var generator = SeededGenerator(seed: 9)
        let program = LinearProgram.covering(things: 40, sets: 40, using: &generator)
        let rough = try program.solve(within: SolveLimits(time: .seconds(60), gap: 0.2))
        #expect(rough.gap <= 0.2 + 1e-9)
        #expect(rough.bound <= rough.objective)
    }

    @Test func endsWhenItsTimeIsOver() throws {
        var generator = SeededGenerator(seed: 10)
        let program = LinearProgram.covering(things: 300, sets: 300, using: &generator)
        let clock = ContinuousClock()
        let start = clock.now
        let solution = try? program.solve(within: SolveLimits(time: .milliseconds(300), gap: 0))
        #expect(solution?.status != .optimal)
        // Its own limit is looked at between nodes only.
        #expect(clock.now - start < .seconds(20))
        #expect(throws: LinearProgramError.outOfTime) {
            try program.solve(within: SolveLimits(time: .zero, gap: 0))
        }
    }

    @Test func stopsWhenToldTo() {
        var generator = SeededGenerator(seed: 11)
        let program = LinearProgram.covering(things: 300, sets: 300, using: &generator)
        var questions = 0
        #expect(throws: LinearProgramError.stopped) {
            try program.solve(unless: {
                questions += 1
                return true
            })
        }
        #expect(questions == 1)
    }
}

/// A program in few whole numbers.
private struct Puzzle {
    let upper: [Int]
    let objective: [Int]
    let rows: [(coefficients: [Int], limit: Int)]

    init(using generator: inout SeededGenerator) {
        let count = Int.random(in: 1...4, using: &generator)
        upper = (0..<count).map { _ in Int.random(in: 0...4, using: &generator) }
        objective = (0..<count).map { _ in Int.random(in: -5...9, using: &generator) }
        rows = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            let coefficients = (0..<count).map { _ in Int.random(in: -3...6, using: &generator) }
            return (coefficients, Int.random(in: -4...8, using: &generator))
        }
    }

    func holds(_ values: [Int]) -> Bool {
        rows.allSatisfy { row in zip(row.coefficients, values).reduce(0) { $0 + $1.0 * $1.1 } >= row.limit }
    }

    /// The least objective, by trying all.
    func best() -> Double? {
        var best: Int?
        var values = upper.map { _ in 0 }
        while true {
            if holds(values) {
                let worth = zip(objective, values).reduce(0) { $0 + $1.0 * $1.1 }
                best = min(best ?? worth, worth)
            }
            guard let place = values.indices.first(where: { values[$0] < upper[$0] }) else { break }
            values[place] += 1
            for lower in 0..<place { values[lower] = 0 }
        }
        return best.map(Double.init)
    }

    func program() -> LinearProgram {
        var program = LinearProgram(.minimize)
        let variables = zip(upper, objective).map { upper, worth in
            program.variable(atMost: Double(upper), objective: Double(worth), isInteger: true)
        }
        for row in rows {
            program.constrain(zip(variables, row.coefficients).map { ($0, Double($1)) }, atLeast: Double(row.limit))
        }
        return program
    }
}
