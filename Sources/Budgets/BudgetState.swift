internal import Domain

/// All accounts and open holds: what a ``BudgetBook`` keeps under its lock.
///
/// Invariants:
/// - Every account's held amount is the sum of the open holds that count for it, and both change in one call.
/// - A hold is granted by all accounts that it counts for, or by none.
/// - Places in an ``AccountSet`` are good if its version is the state's.
struct BudgetState: Sendable {
    let settings: BudgetSettings
    private(set) var accounts: [Account] = []
    private(set) var latencies: [LatencyAccount] = []
    private(set) var holds = OpenHolds()
    private var version = 0
    /// Places of accounts by scope; models apart, as they are looked up for each claim.
    private var places: [Budget.Scope: [Int]] = [:]
    private var latencyPlaces: [Budget.Scope: [Int]] = [:]
    private var modelPlaces: [ModelID: [Int]] = [:]
    private var latencyModelPlaces: [ModelID: [Int]] = [:]

    init(settings: BudgetSettings) { self.settings = settings }

    // MARK: Accounts

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
        index()
        rebook(isNew, now: now)
        return queries
    }

    private mutating func index() {
        version += 1
        (places, latencyPlaces, modelPlaces, latencyModelPlaces) = ([:], [:], [:], [:])
        for (place, account) in accounts.enumerated() {
            if case .model(let model) = account.budget.scope {
                modelPlaces[model, default: []].append(place)
            } else {
                places[account.budget.scope, default: []].append(place)
            }
        }
        for (place, account) in latencies.enumerated() {
            if case .model(let model) = account.budget.scope {
                latencyModelPlaces[model, default: []].append(place)
            } else {
                latencyPlaces[account.budget.scope, default: []].append(place)
            }
        }
    }

    /// Lets open holds count for the accounts that are new as well.
    private mutating func rebook(_ isNew: [Bool], now: Int64) {
        var holds = holds
        holds.update { record in
            record.set = current(record.set)
            record.accounts = accounts(of: record.set, model: record.model)
            guard !record.isExpired else { return }
            for place in record.accounts where isNew[place] {
                accounts[place].hold(record.amounts[accounts[place].budget.measure], startedAt: record.startedAt)
            }
        }
        self.holds = holds
    }

    /// The budgets of a payer and tags.
    func resolve(_ payer: Payer, tags: [String]) -> AccountSet {
        let scopes = places.isEmpty && latencyPlaces.isEmpty ? [] : AccountSet.scopes(payer: payer, tags: tags)
        return AccountSet(
            payer: payer,
            tags: tags,
            version: version,
            accounts: scopes.flatMap { places[$0] ?? [] },
            latencies: scopes.flatMap { latencyPlaces[$0] ?? [] }
        )
    }

    private func current(_ set: AccountSet) -> AccountSet {
        set.version == version ? set : resolve(set.payer, tags: set.tags)
    }

    private func accounts(of set: AccountSet, model: ModelID?) -> [Int] {
        guard !modelPlaces.isEmpty, let model, let places = modelPlaces[model] else { return set.accounts }
        return set.accounts + places
    }

    private func latencies(of set: AccountSet, model: ModelID?) -> [Int] {
        guard !latencyModelPlaces.isEmpty, let model, let places = latencyModelPlaces[model] else {
            return set.latencies
        }
        return set.latencies + places
    }

    // MARK: Holds

    /// What is left for a request that has spent `before`, at `model` if that is named.
    mutating func headroom(
        of set: AccountSet,
        model: ModelID?,
        before: Charge,
        startedAt: Int64,
        now: Int64
    ) -> Headroom {
        expire(now: now)
        let set = current(set)
        var headroom = Headroom.unlimited
        for place in accounts(of: set, model: model) {
            accounts[place].advance(to: max(now, startedAt))
            let room = accounts[place].room(startedAt: startedAt, before: before)
            headroom.limit(
                accounts[place].budget.measure,
                left: room,
                spare: accounts[place].spare(room: room, parts: settings.spareParts),
                price: accounts[place].price.value
            )
        }
        for place in latencies(of: set, model: model) {
            latencies[place].advance(to: now)
            if latencies[place].isExhausted { headroom.limit(latency: latencies[place].budget.limit) }
        }
        return headroom
    }

    /// Holds `claim.need` or what fits down to its minimum, in every account or in none.
    mutating func hold(_ claim: Claim, now: Int64) throws(Shortfall) -> Hold {
        expire(now: now)
        let set = current(claim.accounts)
        let need = claim.need.clamped()
        let places = accounts(of: set, model: claim.model)
        let granted: Charge
        do {
            granted = try grant(
                need,
                minimum: claim.minimum.clamped(to: need),
                from: places,
                startedAt: claim.startedAt,
                before: claim.before,
                now: now
            )
        } catch {
            accounts[error.place].countRefusal()
            throw error.shortfall
        }
        for place in places {
            accounts[place].hold(granted[accounts[place].budget.measure], startedAt: claim.startedAt)
        }
        return holds.insert(
            OpenHolds.Record(
                set: set,
                accounts: places,
                model: claim.model,
                request: claim.request,
                startedAt: claim.startedAt,
                since: now,
                before: claim.before,
                amounts: granted
            )
        )
    }

    /// Holds more for a request under way; an expired or settled hold gets nothing more and needs nothing more.
    mutating func extend(_ hold: inout Hold, by need: Charge, minimum: Charge, now: Int64) throws(Shortfall) {
        guard let record = holds.record(of: hold) else { return }
        let need = need.clamped()
        let granted: Charge
        do {
            granted = try grant(
                need,
                minimum: minimum.clamped(to: need),
                from: record.accounts,
                startedAt: record.startedAt,
                before: record.before + record.amounts,
                now: now
            )
        } catch {
            throw error.shortfall
        }
        for place in record.accounts {
            accounts[place].hold(granted[accounts[place].budget.measure], startedAt: record.startedAt)
        }
        hold.granted = record.amounts + granted
        holds.set(hold.granted, for: hold)
    }

    /// Spends `actual` and gives the rest of the hold back; false if it was settled before.
    mutating func settle(_ hold: Hold, actual: Charge, now: Int64) -> Bool {
        guard let record = holds.remove(hold) else { return false }
        let actual = actual.clamped()
        for place in record.accounts {
            let measure = accounts[place].budget.measure
            let (amount, taken) = (record.amounts[measure], actual[measure])
            accounts[place].advance(to: now)
            accounts[place].settle(
                held: record.isExpired ? 0 : amount,
                spent: record.isExpired ? taken - amount : taken,
                startedAt: record.startedAt,
                before: record.before
            )
            accounts[place].pace(spent: taken, now: now, settings: settings.pacing)
        }
        return true
    }

    /// Lets go of the holds that are too old.
    mutating func expire(now: Int64) {
        while let since = holds.oldestSince, now - since >= settings.holdMillisecondsMax, let record = holds.oldest {
            let charged = settings.expiry == .charge ? record.amounts : .zero
            for place in record.accounts {
                let measure = accounts[place].budget.measure
                accounts[place].advance(to: now)
                accounts[place].settle(
                    held: record.amounts[measure],
                    spent: charged[measure],
                    startedAt: record.startedAt,
                    before: record.before
                )
            }
            holds.expireOldest(charging: charged)
        }
    }

    private struct Refused: Error {
        let place: Int
        let shortfall: Shortfall
    }

    /// The most between `minimum` and `need` that every account has room for; changes nothing but the time.
    private mutating func grant(
        _ need: Charge,
        minimum: Charge,
        from places: [Int],
        startedAt: Int64,
        before: Charge,
        now: Int64
    ) throws(Refused) -> Charge {
        var grant = Grant.whole
        for place in places {
            accounts[place].advance(to: max(now, startedAt))
            let measure = accounts[place].budget.measure
            let room = accounts[place].room(startedAt: startedAt, before: before)
            guard let share = Grant(need: need[measure], minimum: minimum[measure], room: room) else {
                let shortfall = accounts[place].shortfall(asking: minimum[measure], room: room)
                throw Refused(place: place, shortfall: shortfall)
            }
            grant = min(grant, share)
        }
        return grant.charge(need: need, minimum: minimum)
    }

    // MARK: Answers, the past, the present

    /// Counts an answer of `model` for the latency budgets.
    mutating func count(_ latency: Duration, of set: AccountSet, model: ModelID?, startedAt: Int64, now: Int64) {
        for place in latencies(of: current(set), model: model) {
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
