public import Domain
internal import Synchronization

/// The accounts of all budgets: who may still take how much, and what is held for requests under way.
///
/// The promise: at every moment spent + held ≤ cap, in every budget and window, whatever happens at the same time. A
/// request holds what it may take of every budget that it falls under before it is sent, in all of them or in none, and
/// settles what it took. A charge belongs to the window in which its request *started*, so that the ledger's rows add up
/// to the same sums; with ``restorationQueries`` and ``restore(_:now:)`` a new process continues where the old one was.
///
/// Safe to use from any thread: one lock, held for some hundred nanoseconds. Instants are Unix milliseconds.
public final class BudgetBook: Sendable {
    private let state: Mutex<BudgetState>

    /// A book of these budgets, whose ids are unique, opened at `now` with nothing taken.
    public init(_ budgets: [Budget], _ latencyBudgets: [LatencyBudget], settings: BudgetSettings, now: Int64) {
        var state = BudgetState(settings: settings)
        _ = state.replace(budgets, latencyBudgets, now: now)
        self.state = Mutex(state)
    }

    /// Puts other budgets in place of those there are, such as on a reload or a change by the operator.
    ///
    /// A budget that keeps its id, scope, measure and window keeps what is spent and held: a higher cap counts at once,
    /// and one below what is spent refuses until the window is over. Requests under way count for new budgets too.
    ///
    /// - Returns: What the ledger has to be asked about those that are new, for ``restore(_:now:)``. A request that is
    ///   settled between this call and the ledger's answer may be counted twice, so that such a budget is never
    ///   overspent.
    public func replace(_ budgets: [Budget], _ latencyBudgets: [LatencyBudget], now: Int64) -> [RestorationQuery] {
        state.withLock { $0.replace(budgets, latencyBudgets, now: now) }
    }

    /// What the ledger has to be asked before the first request.
    public var restorationQueries: [RestorationQuery] { state.withLock { $0.restorationQueries } }

    /// Adds what the ledger answered.
    public func restore(_ sums: [RestoredSum], now: Int64) { state.withLock { $0.restore(sums, now: now) } }

    /// The budgets of `payer` and `tags`, to be looked up once for a request or kept with the key.
    public func accounts(for payer: Payer, tags: [String]) -> AccountSet {
        state.withLock { $0.index.resolve(payer, tags: tags) }
    }

    /// What a request may still take, and at what shadow prices; with those of `model` if one is named.
    ///
    /// To be read before routing. It promises nothing: only a hold does. `before` is what earlier attempts of the same
    /// request have been settled at, and `startedAt` when the request started.
    public func headroom(
        of accounts: AccountSet,
        model: ModelID?,
        before: Charge,
        startedAt: Int64,
        now: Int64
    ) -> Headroom {
        state.withLock { state in
            state.headroom(of: accounts, model: model, before: before, startedAt: startedAt, now: now)
        }
    }

    /// Holds the need of `claim`, or where that does not fit the most down to its minimum that does.
    ///
    /// All four amounts are scaled alike between minimum and need, as they are when `max_tokens` is lowered.
    ///
    /// - Throws: The first budget that has not even room for the minimum. Then nothing is held.
    public func hold(_ claim: Claim, now: Int64) throws(Shortfall) -> Hold {
        try state.withLock { state throws(Shortfall) in try state.hold(claim, now: now) }
    }

    /// Changes the state, or asks it something, under the lock.
    func change<Value>(_ body: (inout BudgetState) -> Value) -> Value { state.withLock { body(&$0) } }

    /// Holds up to `need` more for a request under way, and no less than `minimum`, such as when a stream goes on.
    ///
    /// - Throws: The first budget that has not even room for the minimum. Then the hold stays as it was.
    public func extend(_ hold: inout Hold, by need: Charge, minimum: Charge, now: Int64) throws(Shortfall) {
        var extended = hold
        defer { hold = extended }
        try state.withLock { state throws(Shortfall) in
            try state.extend(&extended, by: need, minimum: minimum, now: now)
        }
    }

    /// Spends `actual` and gives back the rest of what is held.
    ///
    /// Whatever became of the request, this ends its hold.
    /// More than was held is taken from what is left. What not even that covers is spent all the same and counted as
    /// ``BudgetStatus/overspend``. A late settlement of an expired hold sets right what it was charged.
    ///
    /// - Returns: False, and nothing happens, if it was settled before.
    @discardableResult
    public func settle(_ hold: Hold, actual: Charge, now: Int64) -> Bool {
        state.withLock { $0.settle(hold, actual: actual, now: now) }
    }

    /// Settles a hold of an attempt that cost nothing.
    @discardableResult
    public func cancel(_ hold: Hold, now: Int64) -> Bool { settle(hold, actual: .zero, now: now) }

    /// Counts an answer for the latency budgets of a request that started at `startedAt`.
    public func count(_ latency: Duration, of accounts: AccountSet, model: ModelID?, startedAt: Int64, now: Int64) {
        state.withLock { $0.count(latency, of: accounts, model: model, startedAt: startedAt, now: now) }
    }

    /// All budgets as they are at `now`, with at most `holdsMax` of the open holds.
    public func snapshot(now: Int64, holdsMax: Int) -> BudgetSnapshot {
        state.withLock { state in
            state.advance(to: now)
            return BudgetSnapshot(state, holdsMax: holdsMax)
        }
    }
}
