public import Domain

/// Budgets that are shared with other replicas; see ``LeaseShares`` for the arithmetic.
extension BudgetBook {
    /// Shares all budgets but those of each request, also those that come later: until ``take(_:until:)`` nothing can be
    /// taken of them.
    ///
    /// What was restored before must be what this replica alone has taken.
    ///
    /// - Parameters:
    ///   - policy: What holds while the lease is not renewed.
    ///   - clock: A clock that goes on while the process sleeps, by which the lease ends.
    public func share(_ policy: LossPolicy, clock: @escaping @Sendable () -> ContinuousClock.Instant) {
        change { $0.share(LeaseTerm(policy: policy, clock: clock)) }
    }

    /// Of what this replica has to know the others' lines before ``exchange(_:replicas:as:now:)``.
    public func leaseQueries(now: Int64) -> [LeaseQuery] {
        change { state in
            state.advance(to: now)
            return state.accounts.flatMap { $0.leaseQueries(now: now) }
        }
    }

    /// Gives up what is not needed beside `lines`, those of all others by key, and says what the table is to have.
    ///
    /// Within the transaction that `lines` were read in: others must not change theirs until these are written.
    ///
    /// - Parameters:
    ///   - lines: The others' lines, by key.
    ///   - replicas: How many are alive, this one included.
    ///   - replica: This one.
    ///   - now: Unix milliseconds.
    /// - Returns: This replica's lines, one for each query.
    public func exchange(
        _ lines: [String: [LeaseLine]],
        replicas: Int,
        as replica: Int64,
        now: Int64
    ) -> [LeaseGrant] {
        change { state in
            state.advance(to: now)
            state.checkTerm()
            return state.accounts.indices.flatMap { place in
                state.accounts[place].leaseQueries(now: now).compactMap { query in
                    let others = (lines[query.key] ?? []).filter(query.covers)
                    let shares = LeaseShares(others, of: replica, replicas: replicas)
                    return state.accounts[place].exchange(query, shares, as: replica)
                        .map { LeaseGrant(key: query.key, line: $0) }
                }
            }
        }
    }

    /// Takes what the table has, good until `deadline`; lines of budgets that have gone are passed over.
    public func take(_ grants: [LeaseGrant], until deadline: ContinuousClock.Instant) {
        change { state in
            let places = Dictionary(
                state.accounts.indices.map { (state.accounts[$0].leaseKey, $0) },
                uniquingKeysWith: { first, _ in first }
            )
            for grant in grants { if let place = places[grant.key] { state.accounts[place].take(grant.line) } }
            state.renew(until: deadline)
        }
    }

    /// Goes by the policy for a loss: the database did not answer.
    public func loseLease() { change { $0.loseLease() } }

    /// Gives up all that was not taken: the lease has run out, and others may have it.
    public func forfeitLeases() {
        change { state in for place in state.accounts.indices { state.accounts[place].forfeit() } }
    }

    /// What is shared, and what the ledger has to be asked about what others took of it.
    public func sharedBudgets(now: Int64) -> [SharedBudget] {
        change { state in
            state.advance(to: now)
            return state.accounts.compactMap { account in
                guard account.lease != nil, let sums = account.sums else { return nil }
                return RestorationQuery(account, until: .max).map { query in
                    // Twice as many, for those whose clocks are behind.
                    SharedBudget(key: account.leaseKey, query: query, oldestCell: sums.head - 2 * sums.shape.span)
                }
            }
        }
    }

    /// The lines of what `replica`, which is gone, took of the budget under `key`.
    public func leaseLines(of key: String, _ sums: [RestoredSum], replica: Int64) -> [LeaseLine] {
        change { state in
            guard let shape = state.accounts.first(where: { $0.leaseKey == key })?.sums?.shape else { return [] }
            let cells = Dictionary(sums.map { (shape.cell(of: $0.startedAt), $0.amount) }) { $0.addingClamped($1) }
            return cells.sorted { $0.key < $1.key }.map { cell, amount in
                LeaseLine(replica: replica, cell: cell, ceiling: amount, used: amount)
            }
        }
    }

    /// What this replica has of each shared budget; empty if none is shared.
    public func leases(now: Int64) -> [LeaseStatus] {
        change { state in
            state.advance(to: now)
            state.checkTerm()
            return state.accounts.compactMap { account in
                guard let lease = account.lease, let sums = account.sums else { return nil }
                let taken = sums.current.total
                return LeaseStatus(
                    budget: account.budget,
                    slack: max(account.limit(in: sums.head, taken: taken).subtractingClamped(taken), 0),
                    drawn: lease.drawn,
                    returned: lease.returned
                )
            }
        }
    }
}

/// A budget that is shared with other replicas.
public struct SharedBudget: Sendable {
    /// What two replicas' accounts have in common if they are one.
    public let key: String
    /// What the ledger's rows count for it in the current window.
    public let query: RestorationQuery
    /// Lines of windows before this one are of no use to anyone.
    public let oldestCell: Int64
}

/// A replica's part of a budget as operators see it; amounts are in the measure's smallest unit.
public struct LeaseStatus: Sendable {
    /// The budget.
    public let budget: Budget
    /// What may be taken without asking the others.
    public let slack: Int64
    /// What was drawn so far.
    public let drawn: Int64
    /// What was given back so far.
    public let returned: Int64
}

/// For how long what is leased may be taken.
struct LeaseTerm: Sendable {
    let policy: LossPolicy
    let clock: @Sendable () -> ContinuousClock.Instant
    /// `nil` before the first renewal.
    var deadline: ContinuousClock.Instant?
    /// Whether the last renewal did not succeed.
    var isLost = false

    init(policy: LossPolicy, clock: @escaping @Sendable () -> ContinuousClock.Instant) {
        (self.policy, self.clock) = (policy, clock)
    }

    /// By what the accounts go now.
    var mode: LeaseMode {
        // A process that slept wakes up here: by now others may have what it had.
        let isOver = deadline.map { $0 <= clock() } ?? true
        return switch policy {
        case .refuse: isOver || isLost ? .closed : .leased
        case .leaseOnly: isOver ? .closed : .leased
        case .open: isOver && deadline != nil || isLost ? .open : .leased
        }
    }
}

extension BudgetState {
    mutating func share(_ term: LeaseTerm) {
        self.term = term
        for place in accounts.indices { accounts[place].share() }
        checkTerm()
    }

    mutating func renew(until deadline: ContinuousClock.Instant) {
        term?.deadline = deadline
        term?.isLost = false
        checkTerm()
    }

    mutating func loseLease() {
        term?.isLost = true
        checkTerm()
    }

    /// Has the accounts go by what the term says now.
    mutating func checkTerm() {
        guard let term, case let mode = term.mode, mode != self.mode else { return }
        self.mode = mode
        for place in accounts.indices { accounts[place].lease?.mode = mode }
    }
}
