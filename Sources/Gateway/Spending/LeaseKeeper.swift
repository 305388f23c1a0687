internal import Budgets
internal import Dispatch
internal import Domain
internal import Ledger
internal import Logging
internal import Reactor
internal import Synchronization

/// Keeps this replica's part of the budgets that it shares with others: renews it in time, and at once where it is short.
///
/// A serial queue owns the exchanges, each one transaction for all budgets, and no request waits for one unless its part of
/// a budget does not reach. What a replica left that is gone is added up on a queue of its own, as that may take longer
/// than a lease lasts.
final class LeaseKeeper: Sendable {
    /// What came of exchanges, for metrics.
    struct Report: Hashable, Sendable {
        var exchanges = 0
        var failures = 0
        var replicas = 1
        var isLeader = false
        /// Replicas that are gone and were settled here.
        var settlements = 0
    }

    private struct State {
        var report = Report()
        var isWoken = false
        var isStopped = false
        var isAway = false
        var isSettling = false
        var settled: LeaseSettlement?
        var controlVersion: Int64?
        var begun = ContinuousClock.now
    }

    /// The shortest time between two exchanges, however short the parts are.
    private static let pauseMin = Duration.milliseconds(100)
    /// How long after a refusal the database is asked again.
    private static let retry = Duration.milliseconds(500)

    private static var monotonicMilliseconds: Int64 { Int64(clamping: Instant.now.nanoseconds / 1_000_000) }

    private let store: LeaseStore
    private let book: BudgetBook
    private let limiter: RateLimiter
    let replica: Int64
    private let term: Duration
    private let policy: LossPolicy
    private let log: Logger
    private let queue = DispatchQueue(label: "switchyard.leases", qos: .userInitiated)
    private let settling = DispatchQueue(label: "switchyard.leases.settling", qos: .utility)
    private let state = Mutex(State())
    /// Called when administration has changed something through another replica.
    private let onChange = Mutex<(@Sendable () -> Void)?>(nil)
    /// Exchanges that have ended, well or not: a request that waits looks again when it grows.
    let turns = Atomic<Int>(0)

    /// The keeper of `book` and `limiter`, which begins with ``start(onChange:)``.
    init(
        _ store: LeaseStore,
        _ book: BudgetBook,
        _ limiter: RateLimiter,
        replica: Int64,
        term: Duration,
        policy: LossPolicy,
        log: Logger
    ) {
        (self.store, self.book, self.limiter, self.replica) = (store, book, limiter, replica)
        (self.term, self.policy, self.log) = (term, policy, log)
    }

    /// What came of exchanges so far.
    var report: Report { state.withLock { $0.report } }

    /// Whether this replica is the one that plans.
    var isLeader: Bool { state.withLock { $0.report.isLeader } }

    // MARK: Life

    /// Shares the book's budgets, and returns when this replica has its part of them; blocks.
    ///
    /// What the book knows must be what this replica alone has taken, and the processes before it must have been booked.
    func start(onChange: @escaping @Sendable () -> Void) throws(LedgerError) {
        try store.begin()
        book.share(policy) { ContinuousClock.now }
        limiter.share(policy) { ContinuousClock.now }
        self.onChange.withLock { $0 = onChange }
        var settled: LeaseSettlement?
        // Once to see what has to be settled, and once with that; others settle it at the same time.
        for _ in 0..<3 {
            let renewal = try exchange(settled)
            guard !renewal.arrears.isEmpty else { break }
            settled = try settlement(of: renewal.arrears)
        }
        schedule(after: term / 10)
    }

    /// Gives back what was not taken, once all rows are written, and ends the exchanges; blocks.
    func stop() {
        state.withLock { $0.isStopped = true }
        queue.sync {
            do { try store.end() } catch { log.warning("the lease could not be given back, and runs out: \(error)") }
        }
    }

    /// Has an exchange come soon, because a request is short.
    func wake() {
        let pause: Duration? = state.withLock { state in
            guard !state.isWoken, !state.isStopped else { return nil }
            state.isWoken = true
            return max(.zero, Self.pauseMin - (.now - state.begun))
        }
        if let pause { queue.asyncAfter(deadline: .now() + pause / .seconds(1)) { self.turn() } }
    }

    // MARK: Exchanges

    private func schedule(after pause: Duration) {
        let begun = state.withLock { $0.begun }
        queue.asyncAfter(deadline: .now() + pause / .seconds(1)) {
            // One that was asked for has come in between, and has a successor of its own.
            if self.state.withLock({ $0.begun == begun }) { self.turn() }
        }
    }

    /// On the queue.
    private func turn() {
        let (isStopped, settled) = state.withLock { state in
            state.isWoken = false
            return (state.isStopped, state.settled.take())
        }
        guard !isStopped else { return }
        do {
            let renewal = try exchange(settled)
            settle(renewal.arrears)
            schedule(after: term / 10)
        } catch {
            book.loseLease()
            limiter.loseLease(now: Self.monotonicMilliseconds)
            let isNew = state.withLock { state in
                defer { state.isAway = true }
                state.report.failures += 1
                return !state.isAway
            }
            if isNew { log.warning("shared budgets go by \(policy.rawValue): \(error)") }
            schedule(after: min(Self.retry, term / 10))
        }
        turns.add(1, ordering: .relaxed)
    }

    private func exchange(_ settled: LeaseSettlement?) throws(LedgerError) -> LeaseRenewal {
        let begun = ContinuousClock.now
        state.withLock { $0.begun = begun }
        let now = WallClock.unixMilliseconds
        var grants: [LeaseGrant] = []
        let renewal = try store.exchange(keys(now), settled: settled) { view in
            if view.wasOver { book.forfeitLeases() }
            let others = view.others.mapValues { $0.map(LeaseLine.init) }
            let limits = limiter.exchange(
                others,
                replicas: view.replicas,
                as: replica,
                now: Self.monotonicMilliseconds
            )
            grants = book.exchange(others, replicas: view.replicas, as: replica, now: now) + limits
            return grants.map(LeaseRecord.init)
        }
        let uncounted = Set(renewal.arrears.newKeys)
        // The database's lease begins later, and its clock may be the faster one: by a fifth is more than any clock is.
        let (taken, deadline) = (grants.filter { !uncounted.contains($0.key) }, begun.advanced(by: term * 4 / 5))
        book.take(taken, until: deadline)
        limiter.take(taken, until: deadline, now: Self.monotonicMilliseconds)
        note(renewal)
        return renewal
    }

    private func note(_ renewal: LeaseRenewal) {
        let (wasAway, isChanged) = state.withLock { state in
            state.report.exchanges += 1
            state.report.replicas = renewal.replicas
            state.report.isLeader = renewal.isLeader
            defer { (state.isAway, state.controlVersion) = (false, renewal.controlVersion) }
            return (state.isAway, state.controlVersion.map { $0 != renewal.controlVersion } ?? false)
        }
        if wasAway { log.notice("shared budgets go by leases again") }
        if isChanged { onChange.withLock { $0 }?() }
    }

    private func keys(_ now: Int64) -> [LeaseKey] {
        book.sharedBudgets(now: now).map { shared in
            LeaseKey(key: shared.key, query: SpendQuery(shared.query), oldestCell: shared.oldestCell)
        }
            + limiter.sharedKeys.map { key in
                // What a replica that is gone took of a rate is over.
                LeaseKey(key: key, query: SpendQuery(scope: .everyone, started: 0..<0), oldestCell: 0)
            }
    }

    // MARK: Settlements

    /// Has what replicas left that are gone added up, for the next exchange.
    private func settle(_ arrears: LeaseArrears) {
        let isDue = state.withLock { state in
            guard !arrears.isEmpty, !state.isSettling else { return false }
            state.isSettling = true
            return true
        }
        guard isDue else { return }
        settling.async {
            let settled: LeaseSettlement?
            do {
                settled = try self.settlement(of: arrears)
            } catch {
                self.log.warning("what other replicas left cannot be added up yet: \(error)")
                settled = nil
            }
            self.state.withLock { state in
                (state.isSettling, state.settled) = (false, settled)
                if settled != nil { state.report.settlements += arrears.gone.count }
            }
            if settled != nil { self.wake() }
        }
    }

    private func settlement(of arrears: LeaseArrears) throws(LedgerError) -> LeaseSettlement {
        let shared = book.sharedBudgets(now: WallClock.unixMilliseconds)
        let queries = Dictionary(shared.map { ($0.key, $0.query) }) { first, _ in first }
        return try store.settlement(of: arrears, keys(WallClock.unixMilliseconds)) { key, sums, replica in
            guard let query = queries[key] else { return [] }
            return book.leaseLines(of: key, sums.map { RestoredSum(query, $0) }, replica: replica)
                .map { LeaseRecord(LeaseGrant(key: key, line: $0)) }
        }
    }
}

extension LeaseLine {
    /// A line as the ledger has it.
    fileprivate init(_ record: LeaseRecord) {
        self.init(
            replica: record.replica,
            cell: record.cell,
            ceiling: record.ceiling,
            used: record.used,
            held: record.held,
            asked: record.asked
        )
    }
}

extension LeaseRecord {
    /// A line as the book has it.
    fileprivate init(_ grant: LeaseGrant) {
        self.init(
            key: grant.key,
            replica: grant.line.replica,
            cell: grant.line.cell,
            ceiling: grant.line.ceiling,
            used: grant.line.used,
            held: grant.line.held,
            asked: grant.line.asked
        )
    }
}
