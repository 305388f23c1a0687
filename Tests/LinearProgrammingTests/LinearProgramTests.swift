import Domain
import LinearProgramming
import Testing

/// Programs small enough to be solved by hand.
@Suite struct LinearProgramTests {
    /// The farmer's problem: 36 at (2, 6), where hours and the second variable's bound hold it back.
    @Test func findsTheCornerOfASmallProgram() throws {
        var program = LinearProgram(.maximize)
        let x = program.variable(in: 0...4, objective: 3)
        let y = program.variable(in: 0...6, objective: 5)
        let hours = program.constrain([(x, 3), (y, 2)], atMost: 18)
        let solution = try program.solve()
        #expect(solution.status == .optimal)
        #expect(abs(solution.objective - 36) < 1e-9)
        #expect(abs(solution[x] - 2) < 1e-9 && abs(solution[y] - 6) < 1e-9)
        #expect(abs(solution.sums[hours.index] - 18) < 1e-9)
        #expect(abs(solution.dual(of: hours) - 1) < 1e-9)
        #expect(abs(solution.reducedCosts[y.index] - 3) < 1e-9)
        #expect(solution.gap == 0)
    }

    /// A diet: 2 x + 3 y, at least 4 of the first nutrient and 6 of the second: 7 at (3, 1/3), of a free variable too.
    @Test func holdsLowerBoundsAndFreeVariables() throws {
        var program = LinearProgram(.minimize)
        let x = program.variable(objective: 2)
        let y = program.variable(objective: 3)
        let z = program.variable(atLeast: -.infinity, objective: 0)
        program.constrain([(x, 1), (y, 3)], atLeast: 4)
        program.constrain([(x, 2)], atLeast: 6)
        program.constrain([(z, 1), (x, 1)], equal: -5)
        let solution = try program.solve()
        #expect(abs(solution.objective - 7) < 1e-9)
        #expect(abs(solution[y] - 1.0 / 3) < 1e-9)
        #expect(abs(solution[z] + 8) < 1e-9)
    }

    @Test func saysThatNothingSatisfiesTheConstraints() {
        var program = LinearProgram(.minimize)
        let x = program.variable(in: 0...1, objective: 1)
        program.constrain([(x, 1)], atLeast: 2)
        #expect(throws: LinearProgramError.infeasible) { try program.solve() }
    }

    @Test func saysThatCrossedBoundsLeaveNothing() {
        var program = LinearProgram(.minimize)
        _ = program.variable(atLeast: 2, atMost: 1, objective: 1)
        #expect(throws: LinearProgramError.infeasible) { try program.solve() }
        var between = LinearProgram(.minimize)
        // No whole number is between them.
        _ = between.variable(atLeast: 0.2, atMost: 0.8, objective: 1, isInteger: true)
        #expect(throws: LinearProgramError.infeasible) { try between.solve() }
    }

    @Test func saysThatABoundIsMissing() {
        var program = LinearProgram(.maximize)
        let x = program.variable(objective: 1)
        let y = program.variable(objective: 1)
        program.constrain([(x, 1), (y, -1)], atMost: 1)
        #expect(throws: LinearProgramError.unbounded) { try program.solve() }
        // Without constraints GLPK goes another way.
        var free = LinearProgram(.maximize)
        _ = free.variable(objective: 1)
        #expect(throws: LinearProgramError.unbounded) { try free.solve() }
    }

    /// Beale's example, on which the plain rule of the simplex method goes round in circles: −1/20.
    @Test func doesNotCycleOnADegenerateCorner() throws {
        var program = LinearProgram(.minimize)
        let a = program.variable(objective: -0.75)
        let b = program.variable(objective: 150)
        let c = program.variable(objective: -0.02)
        let d = program.variable(objective: 6)
        program.constrain([(a, 0.25), (b, -60), (c, -0.04), (d, 9)], atMost: 0)
        program.constrain([(a, 0.5), (b, -90), (c, -0.02), (d, 3)], atMost: 0)
        program.constrain([(c, 1)], atMost: 1)
        #expect(abs(try program.solve().objective + 0.05) < 1e-9)
    }

    @Test func solvesEmptyPrograms() throws {
        #expect(try LinearProgram(.minimize).solve().objective == 0)
        var program = LinearProgram(.minimize)
        let x = program.variable(in: 3...5, objective: 2)
        #expect(try program.solve()[x] == 3)
        program.constrain([], atMost: 1)
        #expect(try program.solve()[x] == 3)
    }

    @Test func countsAVariableTwiceThatIsNamedTwice() throws {
        var program = LinearProgram(.maximize)
        let x = program.variable(objective: 1)
        program.constrain([(x, 1), (x, 2)], atMost: 6)
        #expect(abs(try program.solve()[x] - 2) < 1e-9)
    }

    /// GLPK ends the process for each of these.
    @Test func refusesNumbersThatAreNone() {
        var objective = LinearProgram(.minimize)
        _ = objective.variable(objective: .nan)
        #expect(throws: LinearProgramError.notFinite("the objective of variable 0")) { try objective.solve() }
        var bound = LinearProgram(.minimize)
        _ = bound.variable(atLeast: .infinity)
        #expect(throws: LinearProgramError.notFinite("a bound of variable 0")) { try bound.solve() }
        var coefficient = LinearProgram(.minimize)
        let x = coefficient.variable()
        coefficient.constrain([(x, .infinity)], atMost: 1)
        #expect(throws: LinearProgramError.notFinite("a coefficient of constraint 0")) { try coefficient.solve() }
        var sum = LinearProgram(.minimize)
        _ = sum.variable()
        sum.constrain([], atLeast: .nan)
        #expect(throws: LinearProgramError.notFinite("a bound of constraint 0")) { try sum.solve() }
        #expect(throws: LinearProgramError.notFinite("the gap")) {
            try LinearProgram(.minimize).solve(within: SolveLimits(time: .seconds(1), gap: .nan))
        }
    }

    @Test func refusesVariablesOfAnotherProgram() {
        var other = LinearProgram(.minimize)
        _ = other.variable()
        let foreign = other.variable()
        var program = LinearProgram(.minimize)
        _ = program.variable()
        program.constrain([(foreign, 1)], atMost: 1)
        #expect(throws: LinearProgramError.unknownVariable(constraint: 0)) { try program.solve() }
    }

    /// An error within GLPK is thrown, and the thread can solve the next program: here numbers too large to factorize.
    @Test func outlivesWhatGLPKCannotDo() throws {
        var program = LinearProgram(.minimize)
        let x = program.variable(objective: 1e300)
        let y = program.variable(objective: -1e300)
        program.constrain([(x, 1e308), (y, 1e-308)], atLeast: 1e308)
        program.constrain([(x, 1e-308), (y, 1e308)], atLeast: -1e308)
        _ = try? program.solve()
        var next = LinearProgram(.minimize)
        let z = next.variable(in: 1...2, objective: 1)
        #expect(try next.solve()[z] == 1)
    }

    @Test func solvesOnManyThreadsAtOnce() async throws {
        let sums = try await withThrowingTaskGroup(of: Double.self) { group in
            for index in 0..<64 {
                group.addTask {
                    var program = LinearProgram(.maximize)
                    let x = program.variable(in: 0...Double(index), objective: 1)
                    program.constrain([(x, 2)], atMost: 100)
                    return try program.solve().objective
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sums.sorted() == (0..<64).map { Double(min($0, 50)) })
    }

    /// A basis spares pivots; one of another shape, or one that is none, is passed over.
    @Test func beginsWhereABasisSays() throws {
        var generator = SeededGenerator(seed: 5)
        let program = LinearProgram.transport(sources: 12, sinks: 12, using: &generator)
        let cold = try program.solve()
        let warm = try program.solve(from: cold.basis)
        #expect(warm.pivotCount < cold.pivotCount / 4)
        #expect(abs(warm.objective - cold.objective) < 1e-6)
        let none = LinearBasis(
            variables: Array(repeating: .lower, count: program.variableCount),
            constraints: Array(repeating: .upper, count: program.constraintCount)
        )
        #expect(abs(try program.solve(from: none).objective - cold.objective) < 1e-6)
        let short = LinearBasis(variables: [], constraints: [])
        #expect(abs(try program.solve(from: short).objective - cold.objective) < 1e-6)
    }
}
