public import Domain

/// One budget as operators see it.
public struct BudgetStatus: Sendable {
    /// The budget.
    public let budget: Budget
    /// What is spent in the current window; 0 for a budget of each request.
    ///
    /// Of a shared budget also what other replicas had spent when they last said; likewise what is held.
    public let spent: Int64
    /// What is held for requests under way.
    public let held: Int64
    /// Cap less both; negative where a cap was lowered.
    public let left: Int64
    /// When the current window began and ends, in Unix milliseconds; `nil` for a budget of each request.
    ///
    /// A rolling window ends at no time: here it is when its oldest cell leaves.
    public let window: Range<Int64>?
    /// The shadow price; see ``PacingPrice``.
    public let price: Double
    /// Holds that did not fit since the book was opened.
    public let refusals: Int
    /// What settlements took beyond the cap since the book was opened: 0 unless a backend charges for more than it was
    /// allowed to generate.
    public let overspend: Int64
}

/// One latency budget as operators see it.
public struct LatencyBudgetStatus: Sendable {
    /// The budget.
    public let budget: LatencyBudget
    /// Answers of the current window that kept the limit.
    public let within: Int64
    /// Answers of the current window that did not.
    public let over: Int64
    /// Whether one more slow answer would break the share.
    public let isExhausted: Bool
}

/// One hold as operators see it.
public struct OpenHold: Sendable {
    /// The request it is for.
    public let request: RequestID
    /// Who pays.
    public let payer: Payer
    /// The model that is being called.
    public let model: ModelID
    /// What is held.
    public let amounts: Charge
    /// Since when, in Unix milliseconds.
    public let since: Int64
}

/// All budgets at one moment.
public struct BudgetSnapshot: Sendable {
    /// The budgets, in the order of the configuration.
    public let budgets: [BudgetStatus]
    /// The latency budgets, in the order of the configuration.
    public let latencyBudgets: [LatencyBudgetStatus]
    /// The oldest open holds, as many as were asked for.
    public let holds: [OpenHold]
    /// How many holds are open.
    public let holdCount: Int
}

extension BudgetStatus {
    init(_ account: Account) {
        let taken = account.sums?.current ?? .zero
        budget = account.budget
        let elsewhere = account.elsewhere
        spent = taken.spent.addingClamped(elsewhere.map { $0.used.subtractingClamped($0.held) } ?? 0)
        held = taken.held.addingClamped(elsewhere?.held ?? 0)
        left = account.left
        window = account.sums.map { $0.start..<$0.end }
        price = account.price.value
        refusals = account.refusals
        overspend = account.overspend
    }
}

extension LatencyBudgetStatus {
    init(_ account: LatencyAccount) {
        let answers = account.sums?.current ?? .zero
        budget = account.budget
        within = answers.within
        over = answers.over
        isExhausted = account.isExhausted
    }
}

extension BudgetSnapshot {
    init(_ state: BudgetState, holdsMax: Int) {
        budgets = state.accounts.map { BudgetStatus($0) }
        latencyBudgets = state.latencies.map { LatencyBudgetStatus($0) }
        var holds: [OpenHold] = []
        state.holds.forEachOpen { record in
            guard holds.count < holdsMax else { return false }
            holds.append(
                OpenHold(
                    request: record.request,
                    payer: record.set.payer,
                    model: record.model,
                    amounts: record.amounts,
                    since: record.since
                )
            )
            return true
        }
        self.holds = holds
        holdCount = state.holds.count
    }
}
