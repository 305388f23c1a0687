internal import Budgets
internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Reactor
internal import Tenancy

/// What keeps requests within budgets and rate limits, and what was learned of their sizes: the one owner of all that.
///
/// It outlives every policy; ``replace(_:now:)`` follows a reload. Budgets count in Unix time, as the ledger does.
final class SpendControl: Sendable {
    /// What the control is given by a policy.
    struct Rules: Sendable {
        var budgets: [Budget] = []
        var latencyBudgets: [LatencyBudget] = []
        var rateLimits: [RateLimit] = []
        /// When a budget has no longer the cap that is here, because it was topped up for a window.
        var lapsesAt: Int64?

        /// Whether any request can be held up.
        var isEmpty: Bool { budgets.isEmpty && latencyBudgets.isEmpty && rateLimits.isEmpty }
    }

    /// The share of answers whose length a hold covers from the start.
    static let lengthQuantile = 0.99
    /// Requests of the ledger that a start looks at.
    private static let answersLearntFrom = 5000

    let book: BudgetBook
    let limiter: RateLimiter
    let lengths = OutputLengthModel(settings: OutputLengthModel.Settings())
    let prompts = InputBound(settings: InputBound.Settings())
    let holdPolicy = HoldPolicy()
    /// Keeps what this replica has of budgets that others share; `nil` where there are no others.
    let leases: LeaseKeeper?

    /// How many generated tokens before its hold ends a stream asks for more: so many as take longer than other replicas need
    /// to give some up, where there are any, and than the journal needs to have it, where that must not be behind.
    func leadTokens(isStrict: Bool) -> Int { leases != nil || isStrict ? 96 : 0 }

    /// The instant of rate limits, in milliseconds of the monotonic clock.
    var now: Int64 { Self.monotonicMilliseconds }

    private static var monotonicMilliseconds: Int64 { Int64(clamping: Instant.now.nanoseconds / 1_000_000) }

    /// A control with nothing spent.
    init(
        _ rules: Rules,
        holdSecondsMax: Double,
        now: Int64,
        leases makeLeases: (BudgetBook, RateLimiter) throws(GatewayStartError) -> LeaseKeeper? = { _, _ in nil }
    ) throws(GatewayStartError) {
        let settings = BudgetSettings(holdMillisecondsMax: Int64(holdSecondsMax * 1000))
        book = BudgetBook(rules.budgets, rules.latencyBudgets, settings: settings, now: now)
        limiter = RateLimiter(rules.rateLimits, now: Self.monotonicMilliseconds)
        leases = try makeLeases(book, limiter)
    }

    /// Goes on with other rules, and asks the ledger about budgets that are new.
    func replace(_ rules: Rules, reading ledger: LedgerReader, now: Int64) throws(LedgerError) {
        limiter.replace(rules.rateLimits, now: self.now)
        let queries = book.replace(rules.budgets, rules.latencyBudgets, now: now)
        try restore(queries, from: ledger, now: now)
    }

    /// Learns what was spent before this process began.
    func restore(from ledger: LedgerReader, now: Int64) throws(LedgerError) {
        try restore(book.restorationQueries, from: ledger, now: now)
    }

    /// Learns from the latest answers how long answers are, so that holds and expected costs fit from the first request on.
    func learn(from ledger: LedgerReader) throws(LedgerError) {
        for row in try ledger.requests(limit: Self.answersLearntFrom, before: nil).reversed() {
            guard row.outcome == .completed, !row.usage.isEstimated, let model = row.modelUsed,
                row.endpoint != Model.Endpoint.embeddings.rawValue
            else { continue }
            lengths.observe(
                row.usage.output,
                isCut: false,
                ratio: row.lengthRatio,
                model: model,
                key: row.keyID.map(KeyID.init(rawValue:)),
                promptClass: PromptClass(capability: row.capability, inputTokens: row.usage.input)
            )
        }
    }

    private func restore(
        _ queries: [RestorationQuery],
        from ledger: LedgerReader,
        now: Int64
    ) throws(LedgerError) {
        // What others took of shared budgets their leases tell.
        let writers = leases.map { Writers.replica($0.replica) } ?? .everyone
        for (some, writers) in [(queries.filter(\.isAmount), writers), (queries.filter { !$0.isAmount }, .everyone)] {
            let answers = try ledger.spending(some.map(SpendQuery.init), of: writers, withHolds: false)
            let sums = zip(some, answers).flatMap { query, answer in answer.map { RestoredSum(query, $0) } }
            book.restore(sums, now: now)
        }
    }
}

extension RequestRow {
    /// How many times as long as usual the answer was foreseen to be; `nil` where no router was asked.
    fileprivate var lengthRatio: Double? {
        guard let document = try? JSONDocument(parsing: features, depthMax: 8),
            let ratio = document["length_ratio"].flatMap({ document.double(of: $0) }), ratio.isFinite, ratio > 0
        else { return nil }
        return ratio
    }
}

extension RestorationQuery {
    fileprivate var isAmount: Bool { if case .amount = quantity { true } else { false } }
}

extension SpendQuery {
    /// The ledger's form of what a book of budgets asks.
    init(_ query: RestorationQuery) {
        let limit: Duration? = if case .answers(let limit) = query.quantity { limit } else { nil }
        self.init(
            scope: query.scope,
            started: query.started,
            stepMilliseconds: query.cellMilliseconds,
            limit: limit
        )
    }
}

extension RestoredSum {
    /// What the ledger answered, in the unit that was asked for.
    init(_ query: RestorationQuery, _ sum: SpendSum) {
        switch query.quantity {
        case .amount(let measure):
            self.init(
                budgetID: query.budgetID,
                startedAt: sum.startedUnixMilliseconds,
                amount: sum.charge[measure]
            )
        case .answers:
            self.init(
                budgetID: query.budgetID,
                startedAt: sum.startedUnixMilliseconds,
                amount: sum.answersWithin,
                answersOver: sum.answersOver
            )
        }
    }
}

extension SpendControl.Rules {
    /// What the settings say and what administration has set up; and the limits of every key.
    ///
    /// - Throws: ``GatewayStartError/tenancy(reason:)`` where both have a budget of one name.
    init(
        _ configuration: GatewayConfiguration,
        _ stored: ControlContents,
        _ keys: [KeyRecord],
        at now: Int64
    ) throws(GatewayStartError) {
        budgets = configuration.budgets + stored.budgets
        add(stored.topUps, at: now)
        latencyBudgets = configuration.latencyBudgets + stored.latencyBudgets
        rateLimits = Self.tightest(keys.compactMap(\.rateLimit) + configuration.rateLimits + stored.rateLimits)
        var names: Set<String> = []
        for name in budgets.map(\.id) + latencyBudgets.map(\.id) where !names.insert(name).inserted {
            throw .tenancy(reason: "there are two budgets called \(name): one in the settings, one in the store?")
        }
    }

    /// One limit for each scope: of several, the lower ones.
    private static func tightest(_ limits: [RateLimit]) -> [RateLimit] {
        func lower<Number: Comparable>(_ left: Number?, _ right: Number?) -> Number? {
            [left, right].compactMap(\.self).min()
        }
        return limits.reduce(into: []) { kept, limit in
            guard let place = kept.firstIndex(where: { $0.scope == limit.scope }) else { return kept.append(limit) }
            kept[place] = RateLimit(
                scope: limit.scope,
                requestsPerMinute: lower(kept[place].requestsPerMinute, limit.requestsPerMinute),
                tokensPerMinute: lower(kept[place].tokensPerMinute, limit.tokensPerMinute),
                concurrency: lower(kept[place].concurrency, limit.concurrency)
            )
        }
    }
}

extension SpendControl.Rules {
    /// Raises the caps of budgets whose windows, at the Unix millisecond `now`, are those of their top-ups.
    private mutating func add(_ topUps: [TopUp], at now: Int64) {
        for topUp in topUps {
            guard let index = budgets.firstIndex(where: { $0.id == topUp.budgetID }),
                let end = budgets[index].window.end(from: topUp.addedUnixMilliseconds), now < end
            else { continue }
            let old = budgets[index]
            let (sum, overflows) = old.cap.addingReportingOverflow(topUp.amount)
            budgets[index] = Budget(
                id: old.id,
                scope: old.scope,
                measure: old.measure,
                cap: overflows ? .max : sum,
                window: old.window,
                isPaced: old.isPaced
            )
            lapsesAt = min(lapsesAt ?? .max, end)
        }
    }
}

extension KeyRecord {
    /// The limits of its own; `nil` if it has none.
    fileprivate var rateLimit: RateLimit? {
        guard policy.limits != KeyLimits() else { return nil }
        return RateLimit(
            scope: .key(id),
            requestsPerMinute: policy.limits.requestsPerMinute.map(Int64.init),
            tokensPerMinute: policy.limits.tokensPerMinute,
            concurrency: policy.limits.concurrencyMax
        )
    }
}
