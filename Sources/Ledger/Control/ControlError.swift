/// What can be administered, and what the audit calls it.
public enum ControlKind: String, CaseIterable, Hashable, Sendable, Codable {
    /// An organisation.
    case organisation
    /// A team.
    case team
    /// A virtual key.
    case key
    /// A budget of money, tokens, energy or carbon.
    case budget
    /// A latency budget.
    case latencyBudget = "latency_budget"
    /// A rate limit.
    case rateLimit = "rate_limit"
    /// A model of the registry.
    case model
    /// The price list.
    case prices
    /// The settings.
    case configuration
    /// A request in the ledger.
    case request
}

/// Every way in which the control store can refuse a change or a question.
public enum ControlError: Error, Hashable, Sendable {
    /// There is no such thing.
    case missing(ControlKind, id: String)
    /// There is one of this name already, or a key that was deleted had it.
    case exists(ControlKind, id: String)
    /// Something else still refers to it.
    case inUse(ControlKind, id: String, by: ControlKind, String)
    /// The database did not answer, or took nothing; nothing was changed.
    case unavailable(reason: String)
}

extension ControlError: CustomStringConvertible {
    /// The refusal in a sentence.
    public var description: String {
        switch self {
        case .missing(let kind, let id): "there is no \(kind.words) \(id)"
        case .exists(let kind, let id): "there is a \(kind.words) \(id) already, or there was one"
        case .inUse(let kind, let id, let user, let name): "\(kind.words) \(id) still has \(user.words) \(name)"
        case .unavailable(let reason): "the control store does not answer: \(reason)"
        }
    }
}

extension ControlKind {
    fileprivate var words: String { rawValue.replacing("_", with: " ") }
}
