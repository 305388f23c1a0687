/// A linear program, some of whose variables may be whole numbers: an objective, variables in bounds, constraints on sums.
///
///     var program = LinearProgram(.maximize)
///     let x = program.variable(in: 0...4, objective: 3)
///     let y = program.variable(in: 0...6, objective: 5)
///     program.constrain([(x, 3), (y, 2)], atMost: 18)
///     let solution = try program.solve()  // 36 at x = 2, y = 6
///
/// Nothing is refused before ``solve(within:from:unless:)``, which checks all of it.
public struct LinearProgram: Hashable, Sendable {
    /// What is done to the objective.
    public enum Direction: Hashable, Sendable {
        /// The least value is sought.
        case minimize
        /// The greatest value is sought.
        case maximize
    }

    /// A variable of a program: its place among the variables, from 0.
    public struct Variable: Hashable, Sendable {
        /// The place.
        public let index: Int
    }

    /// A constraint of a program: its place among the constraints, from 0.
    public struct Constraint: Hashable, Sendable {
        /// The place.
        public let index: Int
    }

    /// Least and greatest values; infinite where there is no bound.
    struct Bounds: Hashable, Sendable {
        var lower: [Double] = []
        var upper: [Double] = []

        var count: Int { lower.count }

        mutating func append(_ lower: Double, _ upper: Double) {
            self.lower.append(lower)
            self.upper.append(upper)
        }
    }

    let direction: Direction
    var columns = Bounds()
    var objective: [Double] = []
    var isInteger: [Bool] = []
    var rows = Bounds()
    /// The coefficients, constraint by constraint: where each constraint's end, their variables and their values.
    var entryEnds: [Int] = []
    var entryColumns: [Int] = []
    var entryValues: [Double] = []

    /// A program without variables.
    public init(_ direction: Direction) { self.direction = direction }

    /// How many variables there are.
    public var variableCount: Int { columns.count }

    /// How many constraints there are.
    public var constraintCount: Int { rows.count }

    /// Adds a variable.
    ///
    /// - Parameters:
    ///   - lower: Its least value, infinite if it has none.
    ///   - upper: Its greatest value, infinite if it has none.
    ///   - objective: What one of it adds to the objective.
    ///   - isInteger: Whether it takes whole numbers only.
    /// - Returns: What constraints name it by.
    public mutating func variable(
        atLeast lower: Double = 0,
        atMost upper: Double = .infinity,
        objective: Double = 0,
        isInteger: Bool = false
    ) -> Variable {
        columns.append(lower, upper)
        self.objective.append(objective)
        self.isInteger.append(isInteger)
        return Variable(index: columns.count - 1)
    }

    /// Adds a variable between two values.
    public mutating func variable(in range: ClosedRange<Double>, objective: Double = 0) -> Variable {
        variable(atLeast: range.lowerBound, atMost: range.upperBound, objective: objective)
    }

    /// Adds a constraint on a sum of variables, each times its coefficient; a variable named twice counts twice.
    @discardableResult
    public mutating func constrain(
        _ terms: [(variable: Variable, coefficient: Double)],
        atLeast lower: Double = -.infinity,
        atMost upper: Double = .infinity
    ) -> Constraint {
        rows.append(lower, upper)
        for term in terms {
            entryColumns.append(term.variable.index)
            entryValues.append(term.coefficient)
        }
        entryEnds.append(entryColumns.count)
        return Constraint(index: rows.count - 1)
    }

    /// Adds a constraint that a sum of variables is `value`.
    @discardableResult
    public mutating func constrain(
        _ terms: [(variable: Variable, coefficient: Double)],
        equal value: Double
    ) -> Constraint {
        constrain(terms, atLeast: value, atMost: value)
    }
}
