import Domain
import LinearProgramming
import Testing

@Suite struct DualTests {
    /// A dual is the slope of the optimum over a bound: moving the bound a little moves the optimum by that much.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func dualsAreSlopesOfTheOptimum(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let direction: LinearProgram.Direction = seed.isMultiple(of: 2) ? .minimize : .maximize
        let sketch = Sketch(direction, using: &generator)
        let solution = try sketch.program().solve()
        // A corner of random numbers is not degenerate: a small step does not change the basis.
        let step = 1e-5
        for row in sketch.limits.indices {
            let moved = try sketch.program(moving: row, by: step).solve()
            let slope = (moved.objective - solution.objective) / step
            // The two optima are exact to about 1e-10; divided by the step that is 1e-5.
            #expect(abs(slope - solution.duals[row]) < 1e-4, "constraint \(row): \(slope) or \(solution.duals[row])")
        }
    }

    /// Weak duality, in numbers that GLPK did not compute: the duals alone prove the optimum.
    @Test(arguments: 200..<300 as Range<UInt64>)
    func dualsProveTheOptimum(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let sketch = Sketch(.minimize, using: &generator)
        let solution = try sketch.program().solve()
        var bound = 0.0
        for (row, limit) in sketch.limits.enumerated() { bound += max(0, solution.duals[row]) * limit }
        for column in sketch.objective.indices {
            var cost = sketch.objective[column]
            for row in sketch.limits.indices { cost -= max(0, solution.duals[row]) * sketch.coefficients[row][column] }
            bound += min(0, cost) * Sketch.upper
        }
        #expect(abs(bound - solution.objective) < 1e-6 * max(1, abs(solution.objective)))
    }
}

/// A random program that is neither infeasible nor unbounded: sums of variables between 0 and 10, bounded on one side.
private struct Sketch {
    static let upper = 10.0
    let direction: LinearProgram.Direction
    var objective: [Double] = []
    var coefficients: [[Double]] = []
    var limits: [Double] = []

    init(_ direction: LinearProgram.Direction, using generator: inout SeededGenerator) {
        self.direction = direction
        let (columns, rows) = (Int.random(in: 2...6, using: &generator), Int.random(in: 1...5, using: &generator))
        for _ in 0..<columns { objective.append(Double.random(in: 1...9, using: &generator)) }
        for _ in 0..<rows {
            let row = (0..<columns).map { _ in Double.random(in: 0.5...3, using: &generator) }
            coefficients.append(row)
            limits.append(row.reduce(0, +) * Double.random(in: 2...8, using: &generator))
        }
    }

    func program(moving moved: Int? = nil, by step: Double = 0) -> LinearProgram {
        var program = LinearProgram(direction)
        let variables = objective.map { program.variable(in: 0...Self.upper, objective: $0) }
        for (row, limit) in limits.enumerated() {
            let limit = row == moved ? limit + step : limit
            let terms = zip(variables, coefficients[row]).map { ($0, $1) }
            if direction == .minimize {
                program.constrain(terms, atLeast: limit)
            } else {
                program.constrain(terms, atMost: limit)
            }
        }
        return program
    }
}
