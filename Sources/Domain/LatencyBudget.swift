/// A share of requests that must be answered within a limit of time: the allowance of slow ones is the budget.
///
/// A slow answer cannot be unspent, and refusing a request does not make it faster; so as the allowance runs out, the
/// router is held to models that are expected to keep the limit.
public struct LatencyBudget: Hashable, Sendable {
    /// Its name, unique among budgets.
    public let id: String
    /// Whose requests count.
    public let scope: Budget.Scope
    /// How long an answer may take.
    public let limit: Duration
    /// The share of answers that must keep it, 0 to 1; 0.95 allows one slow answer in twenty.
    public let share: Double
    /// Over what time.
    public let window: Budget.Window

    /// A latency budget with all its properties.
    public init(id: String, scope: Budget.Scope, limit: Duration, share: Double, window: Budget.Window) {
        self.id = id
        self.scope = scope
        self.limit = limit
        self.share = share
        self.window = window
    }
}
