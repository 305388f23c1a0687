public import LinearProgramming

/// Why there is no plan.
public enum PlanningError: Error, Hashable, Sendable {
    /// The scenario can't be served as asked.
    case scenario(ScenarioError)
    /// The solver gave up.
    case solver(LinearProgramError)
    /// It was told to stop.
    case cancelled
    /// The strategy can't do what is asked of it, and what can.
    case unsupported(String)

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .scenario(let error): error.message
        case .solver(let error): error.message
        case .cancelled: "planning was cancelled"
        case .unsupported(let reason): reason
        }
    }
}
