/// Why an environment can't be made, or can't take a step.
public enum EnvironmentError: Error, Hashable, Sendable {
    /// There is no model to route to.
    case noModels
    /// A setting has a value that makes no sense: its name, the value, and what it may be.
    case outOfRange(String, String, String)
    /// An action is none of the models.
    case noSuchAction(Int, models: Int)
    /// There are more or fewer actions than environments.
    case wrongCount(actions: Int, environments: Int)
    /// The episode is over, or none has begun.
    case notReset

    /// What is wrong and what would be right, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .noModels: "the list of models is empty: give at least one"
        case .outOfRange(let name, let value, let range): "\(name) is \(value), and must be \(range)"
        case .noSuchAction(let action, let models):
            "\(action) is no action: they are 0 to \(models - 1), one for each model"
        case .wrongCount(let actions, let environments):
            "\(actions) actions were given for \(environments) environments: give one for each"
        case .notReset: "the episode is over or has not begun: call reset before the next step"
        }
    }
}
