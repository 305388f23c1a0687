/// Values of a program's variables, and what proves how good they are.
public struct LinearSolution: Hashable, Sendable {
    /// How far the search came.
    public enum Status: Hashable, Sendable {
        /// There is no better one, within the gap that was asked for.
        case optimal
        /// It satisfies the constraints; the search ended before it was proven the best.
        case feasible
    }

    /// How far the search came.
    public let status: Status
    /// The objective's value.
    public let objective: Double
    /// What no solution beats; the objective itself for a program without whole numbers.
    public let bound: Double
    /// The variables' values in the order in which they were added.
    public let values: [Double]
    /// The sums that the constraints bound, in the order in which those were added.
    public let sums: [Double]
    /// What the objective changes by for each unit by which the bound of a constraint that holds it back is moved.
    ///
    /// Those of the last relaxation for a program with whole numbers.
    public let duals: [Double]
    /// The same for the bounds of variables.
    public let reducedCosts: [Double]
    /// Pivots of the simplex method.
    public let pivotCount: Int
    /// Where the next program of the same shape may begin.
    public let basis: LinearBasis

    /// The value of a variable.
    public subscript(variable: LinearProgram.Variable) -> Double { values[variable.index] }

    /// The dual of a constraint.
    public func dual(of constraint: LinearProgram.Constraint) -> Double { duals[constraint.index] }

    /// How far the objective may be from the best, as a share of the objective.
    public var gap: Double {
        objective == bound ? 0 : abs(objective - bound) / max(abs(objective), .leastNormalMagnitude)
    }
}

/// Which variables and constraints a solution of the simplex method rests on, and at which bound the others are.
public struct LinearBasis: Hashable, Sendable {
    /// Where one variable, or the sum of one constraint, stands.
    public enum Place: Int32, Hashable, Sendable {
        /// Between its bounds, found from the others.
        case basic = 1
        /// At its lower bound.
        case lower
        /// At its upper bound.
        case upper
        /// At 0 for want of a bound.
        case free
        /// At its only value.
        case fixed
    }

    /// A place for each variable.
    public var variables: [Place]
    /// A place for each constraint.
    public var constraints: [Place]

    /// A place for each variable and constraint; as many are basic as there are constraints, or the solver begins afresh.
    public init(variables: [Place], constraints: [Place]) {
        self.variables = variables
        self.constraints = constraints
    }
}

/// When a search ends without having come to its end.
public struct SolveLimits: Hashable, Sendable {
    /// The longest that it may take.
    public var time: Duration
    /// For whole numbers: how far from the best it may stop, as a share of the objective.
    public var gap: Double

    /// Limits of time and gap.
    public init(time: Duration, gap: Double) {
        self.time = time
        self.gap = gap
    }

    /// A day, and the exact best.
    public static let none = SolveLimits(time: .seconds(86_400), gap: 0)
}
