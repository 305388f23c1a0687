internal import Domain

/// All accounts and open holds: what a ``BudgetBook`` keeps under its lock.
///
/// Invariants:
/// - Every account's held amount is the sum of the open holds that count for it, and both change in one call.
/// - A hold is granted by all accounts that it counts for, or by none.
/// - Places in an ``AccountSet`` are good if its version is the state's.
struct BudgetState: Sendable {
    let settings: BudgetSettings
    var accounts: [Account] = []
    private(set) var latencies: [LatencyAccount] = []
    var holds = OpenHolds()
    private(set) var index = AccountIndex()
    /// Until when parts of budgets are leased, where they are shared with other replicas.
    var term: LeaseTerm?
    /// By what the accounts go that are shared.
    var mode = LeaseMode.leased

    init(settings: BudgetSettings) { self.settings = settings }

    /// Puts other budgets in place of those there are; those that count the same keep what they have taken.
    mutating func replace(_ budgets: [Budget], _ latencyBudgets: [LatencyBudget], now: Int64) -> [RestorationQuery] {
        // A request may have waited as long before its hold as the hold itself may last.
        let memory = settings.holdMillisecondsMax.addingClamped(settings.holdMillisecondsMax)
        let known = Dictionary(accounts.map { ($0.budget.id, $0) }) { first, _ in first }
        let knownLatencies = Dictionary(latencies.map { ($0.budget.id, $0) }) { first, _ in first }
        var queries: [RestorationQuery] = []
        var isNew: [Bool] = []
        accounts = budgets.map { budget in
            let kept = known[budget.id].flatMap { $0.canContinue(as: budget) ? $0 : nil }
            var account = kept ?? Account(budget, memory: memory, now: now)
            account.replaceBudget(budget)
            if kept == nil, term != nil {
                account.share()
                account.lease?.mode = mode
            }
            isNew.append(kept == nil)
            if kept == nil, let query = RestorationQuery(account, until: now) { queries.append(query) }
            return account
        }
        latencies = latencyBudgets.map { budget in
            let kept = knownLatencies[budget.id].flatMap { $0.canContinue(as: budget) ? $0 : nil }
            var account = kept ?? LatencyAccount(budget, memory: memory, now: now)
            account.replaceBudget(budget)
            if kept == nil, let query = RestorationQuery(account, until: now) { queries.append(query) }
            return account
        }
        index = AccountIndex(accounts, latencies, version: index.version + 1)
        rebook(isNew, now: now)
        return queries
    }

    /// Lets open holds count for the accounts that are new as well.
    private mutating func rebook(_ isNew: [Bool], now: Int64) {
        var holds = holds
        holds.update { record in
            record.set = index.current(record.set)
            record.accounts = index.accounts(of: record.set, model: record.model)
            guard !record.isExpired else { return }
            for place in record.accounts where isNew[place] {
                accounts[place].hold(record.amounts[accounts[place].budget.measure], startedAt: record.startedAt)
            }
        }
        self.holds = holds
    }

    /// What is left for a request that has spent `before`, at `model` if that is named.
    mutating func headroom(
        of set: AccountSet,
        model: ModelID?,
        before: Charge,
        startedAt: Int64,
        now: Int64
    ) -> Headroom {
        expire(now: now)
        checkTerm()
        let set = index.current(set)
        var headroom = Headroom.unlimited
        for place in index.accounts(of: set, model: model) {
            accounts[place].advance(to: max(now, startedAt))
            let room = accounts[place].room(startedAt: startedAt, before: before)
            let reach = accounts[place].reach(startedAt: startedAt, before: before)
            headroom.limit(
                accounts[place].budget.measure,
                left: reach,
                spare: accounts[place].spare(room: room, parts: settings.spareParts),
                price: accounts[place].price.value
            )
            if accounts[place].budget.measure == .cost, let time = accounts[place].timeShare(at: now) {
                let cap = Double(max(accounts[place].budget.cap, 1))
                headroom.limit(dollarsLeft: Double(reach) / cap, time: time)
            }
        }
        for place in index.latencies(of: set, model: model) {
            latencies[place].advance(to: now)
            if latencies[place].isExhausted { headroom.limit(latency: latencies[place].budget.limit) }
        }
        return headroom
    }

    /// Counts an answer of `model` for the latency budgets.
    mutating func count(_ latency: Duration, of set: AccountSet, model: ModelID?, startedAt: Int64, now: Int64) {
        for place in index.latencies(of: index.current(set), model: model) {
            latencies[place].advance(to: now)
            latencies[place].count(latency, startedAt: startedAt)
        }
    }

    /// The questions of all accounts, about the whole of their windows: a clock that was set back lets rows start later
    /// than now.
    var restorationQueries: [RestorationQuery] {
        accounts.compactMap { RestorationQuery($0, until: .max) }
            + latencies.compactMap { RestorationQuery($0, until: .max) }
    }

    /// Adds what the ledger answered; sums for unknown budgets are passed over.
    mutating func restore(_ sums: [RestoredSum], now: Int64) {
        let places = Dictionary(accounts.indices.map { (accounts[$0].budget.id, $0) }) { first, _ in first }
        let latencyPlaces = Dictionary(latencies.indices.map { (latencies[$0].budget.id, $0) }) { first, _ in first }
        for sum in sums {
            if let place = places[sum.budgetID] {
                accounts[place].advance(to: now)
                accounts[place].restore(max(sum.amount, 0), at: sum.startedAt)
            } else if let place = latencyPlaces[sum.budgetID] {
                latencies[place].advance(to: now)
                let answers = Answers(within: max(sum.amount, 0), over: max(sum.answersOver, 0))
                latencies[place].add(answers, at: sum.startedAt)
            }
        }
    }

    /// Moves all accounts on to `now`.
    mutating func advance(to now: Int64) {
        expire(now: now)
        for place in accounts.indices { accounts[place].advance(to: now) }
        for place in latencies.indices { latencies[place].advance(to: now) }
    }
}
