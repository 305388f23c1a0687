/// Why a program has no solution to show.
public enum LinearProgramError: Error, Hashable, Sendable {
    /// A number of the program is none: the place says which.
    case notFinite(String)
    /// A constraint names a variable of another program.
    case unknownVariable(constraint: Int)
    /// There are more rows, columns or coefficients than GLPK can count.
    case tooLarge
    /// No values satisfy every constraint.
    case infeasible
    /// The objective gets better without end.
    case unbounded
    /// The time was over before there was any solution.
    case outOfTime
    /// It was told to stop before there was any solution.
    case stopped
    /// GLPK gave up, and what it said about that.
    case unsolved(code: Int, message: String)

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .notFinite(let place): "\(place) is not a number that a program can hold"
        case .unknownVariable(let constraint):
            "constraint \(constraint) names a variable that the program does not have"
        case .tooLarge: "the program is larger than the solver can count"
        case .infeasible: "no values satisfy every constraint"
        case .unbounded: "the objective gets better without end: a bound is missing"
        case .outOfTime: "the time was over before there was a solution"
        case .stopped: "the search was stopped before there was a solution"
        case .unsolved(let code, let message): "GLPK gave up with code \(code)\(message.isEmpty ? "" : ": " + message)"
        }
    }
}
