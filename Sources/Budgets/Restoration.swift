public import Domain

/// What a book that was just opened has to learn from the ledger about one budget: sums of rows by when they started.
///
/// The rows are those of the budget's scope whose `started_unix_ms` lies in `started`. For a scope of one model they
/// are the attempts at it, by the start of their request.
public struct RestorationQuery: Hashable, Sendable {
    /// What is summed up.
    public enum Quantity: Hashable, Sendable {
        /// Amounts in the measure's smallest unit.
        case amount(Budget.Measure)
        /// How many answers took no longer than the limit, and how many did.
        case answers(limit: Duration)
    }

    /// The budget's name.
    public let budgetID: String
    /// Whose rows.
    public let scope: Budget.Scope
    /// What is summed up.
    public let quantity: Quantity
    /// Unix milliseconds.
    public let started: Range<Int64>
    /// One sum for each of these spans, counted from 1970; `nil` for one sum in all.
    public let cellMilliseconds: Int64?
}

/// A sum that answers a ``RestorationQuery``.
public struct RestoredSum: Hashable, Sendable {
    /// The budget's name.
    public let budgetID: String
    /// When any of the rows started: all belong to one window, or to one cell of a rolling one.
    public let startedAt: Int64
    /// The amount; for a latency budget the answers that kept the limit.
    public let amount: Int64
    /// For a latency budget the answers that did not; else 0.
    public let answersOver: Int64

    /// A sum for the budget called `budgetID`.
    public init(budgetID: String, startedAt: Int64, amount: Int64, answersOver: Int64 = 0) {
        self.budgetID = budgetID
        self.startedAt = startedAt
        self.amount = amount
        self.answersOver = answersOver
    }
}

extension RestorationQuery {
    /// The question for an account, about what started before `end`.
    init?(_ account: Account, until end: Int64) {
        guard let sums = account.sums else { return nil }
        self.init(account.budget.id, account.budget.scope, .amount(account.budget.measure), sums, until: end)
    }

    /// The question for a latency account, about what started before `end`.
    init?(_ account: LatencyAccount, until end: Int64) {
        guard let sums = account.sums else { return nil }
        self.init(account.budget.id, account.budget.scope, .answers(limit: account.budget.limit), sums, until: end)
    }

    private init?<Sum>(
        _ budgetID: String,
        _ scope: Budget.Scope,
        _ quantity: Quantity,
        _ sums: WindowSums<Sum>,
        until end: Int64
    ) {
        let end = min(end, sums.end)
        guard sums.start < end else { return nil }
        self.budgetID = budgetID
        self.scope = scope
        self.quantity = quantity
        started = sums.start..<end
        cellMilliseconds = sums.shape.cellMilliseconds
    }
}
