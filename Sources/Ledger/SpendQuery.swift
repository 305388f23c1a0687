public import Domain

/// A question for the sums of what was spent: whose, when, and in which steps.
public struct SpendQuery: Hashable, Sendable {
    /// Whose requests; for one model the attempts at it.
    public var scope: Budget.Scope
    /// When the requests started, in Unix milliseconds.
    public var started: Range<Int64>
    /// One sum for each span of this length, counted from 1970; `nil` for one sum in all.
    public var stepMilliseconds: Int64?
    /// Answers that took no longer count as within the limit; `nil` where nobody asks.
    public var limit: Duration?

    /// A question for what `scope` spent on requests that started in `started`.
    public init(
        scope: Budget.Scope,
        started: Range<Int64>,
        stepMilliseconds: Int64? = nil,
        limit: Duration? = nil
    ) {
        self.scope = scope
        self.started = started
        self.stepMilliseconds = stepMilliseconds
        self.limit = limit
    }
}

/// What was spent in one step of a ``SpendQuery``.
public struct SpendSum: Hashable, Sendable {
    /// Where the step begins, or the range where there are no steps; never before the range does.
    public var startedUnixMilliseconds: Int64
    /// What was spent.
    public var charge = Charge.zero
    /// Requests; attempts where one model is asked for.
    public var count = 0
    /// Whole answers that kept the query's limit.
    public var answersWithin: Int64 = 0
    /// Whole answers that did not.
    public var answersOver: Int64 = 0

    init(startedUnixMilliseconds: Int64) { self.startedUnixMilliseconds = startedUnixMilliseconds }
}
