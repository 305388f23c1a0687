public import Domain

/// What an attempt at a model asks of the budgets that it falls under.
public struct Claim: Sendable {
    /// The request's budgets.
    public var accounts: AccountSet
    /// The model that is to be called.
    public var model: ModelID
    /// The request's id, by which operators see its hold.
    public var request: RequestID
    /// When the request started, in Unix milliseconds: its charges belong to that window.
    public var startedAt: Int64
    /// What earlier attempts of the same request have been settled at; counts against budgets of each request.
    public var before: Charge
    /// What it is expected to take at most.
    public var need: Charge
    /// What it can do with at least; below, it is refused.
    public var minimum: Charge
    /// Whether it is refused for now rather than granted less than its need, where other replicas' parts of a shared budget
    /// have more.
    public var isPatient = false

    /// A claim with all its properties.
    public init(
        accounts: AccountSet,
        model: ModelID,
        request: RequestID,
        startedAt: Int64,
        before: Charge,
        need: Charge,
        minimum: Charge
    ) {
        self.accounts = accounts
        self.model = model
        self.request = request
        self.startedAt = startedAt
        self.before = before
        self.need = need
        self.minimum = minimum
    }
}
