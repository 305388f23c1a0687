public import Domain

/// Rate limits that are shared with other replicas; see ``GateLease``.
extension RateLimiter {
    /// Shares all limits, also those that come later: until ``take(_:until:now:)`` nothing is let in by them.
    ///
    /// The parameters are those of ``BudgetBook/share(_:clock:)``.
    public func share(_ policy: LossPolicy, clock: @escaping @Sendable () -> ContinuousClock.Instant) {
        change { $0.share(LeaseTerm(policy: policy, clock: clock)) }
    }

    /// The keys of what is shared.
    public var sharedKeys: [String] { change { $0.sharedKeys } }

    /// Gives up what is not needed, and says what the table is to have; see ``BudgetBook/exchange(_:replicas:as:now:)``.
    ///
    /// - Parameters:
    ///   - lines: The others' lines, by key.
    ///   - replicas: How many are alive, this one included.
    ///   - replica: This one.
    ///   - now: Milliseconds of the monotonic clock.
    /// - Returns: This replica's lines.
    public func exchange(
        _ lines: [String: [LeaseLine]],
        replicas: Int,
        as replica: Int64,
        now: Int64
    ) -> [LeaseGrant] {
        change { $0.exchange(lines, replicas: replicas, as: replica, now: now) }
    }

    /// Takes what the table has, good until `deadline`; lines of limits that have gone are passed over.
    public func take(_ grants: [LeaseGrant], until deadline: ContinuousClock.Instant, now: Int64) {
        change { $0.take(grants, until: deadline, now: now) }
    }

    /// Goes by the policy for a loss: the database did not answer.
    public func loseLease(now: Int64) {
        change { state in
            state.term?.isLost = true
            state.checkTerm(now: now)
        }
    }
}

extension RateState {
    mutating func share(_ term: LeaseTerm) {
        self.term = term
        for place in gates.indices { gates[place].share(now: 0) }
    }

    var sharedKeys: [String] {
        term == nil ? [] : gates.flatMap { gate in gate.kinds.map { gate.key(of: $0) } }
    }

    mutating func exchange(
        _ lines: [String: [LeaseLine]],
        replicas: Int,
        as replica: Int64,
        now: Int64
    ) -> [LeaseGrant] {
        checkTerm(now: now)
        return gates.indices.flatMap { place in
            gates[place].kinds.compactMap { kind in
                let key = gates[place].key(of: kind)
                let shares = LeaseShares(lines[key] ?? [], of: replica, replicas: replicas)
                return gates[place].exchange(kind, shares, as: replica, now: now).map { LeaseGrant(key: key, line: $0) }
            }
        }
    }

    mutating func take(_ grants: [LeaseGrant], until deadline: ContinuousClock.Instant, now: Int64) {
        let lines = Dictionary(grants.map { ($0.key, $0.line) }) { first, _ in first }
        term?.deadline = deadline
        term?.isLost = false
        // The answer may have come after the lease's end.
        checkTerm(now: now)
        guard mode == .leased else { return }
        for place in gates.indices {
            for kind in gates[place].kinds {
                if let line = lines[gates[place].key(of: kind)] { gates[place].take(line, of: kind, now: now) }
            }
        }
    }

    /// Has the limits go by what the term says now.
    mutating func checkTerm(now: Int64) {
        guard let term, case let mode = term.mode, mode != self.mode else { return }
        self.mode = mode
        guard mode != .leased else { return }
        for place in gates.indices { gates[place].leave(isOpen: mode == .open, now: now) }
    }
}

extension RateState.Gate {
    /// What of it there is a limit for.
    var kinds: [RateKind] { lease == nil ? [] : RateKind.allCases.filter { cap(of: $0) != nil } }

    func key(of kind: RateKind) -> String { "rate limit\n\(limit.scope.text)\n\(kind.rawValue)" }

    func cap(of kind: RateKind) -> Int64? {
        switch kind {
        case .requests: limit.requestsPerMinute
        case .tokens: limit.tokensPerMinute
        case .concurrency: limit.concurrency.map(Int64.init)
        }
    }

    /// Shares it from now on; there is nothing to take before the first exchange.
    mutating func share(now: Int64) {
        lease = GateLease()
        fit(.requests, now: now)
        fit(.tokens, now: now)
    }

    mutating func exchange(_ kind: RateKind, _ shares: LeaseShares, as replica: Int64, now: Int64) -> LeaseLine? {
        guard let cap = cap(of: kind) else { return nil }
        let active = kind == .concurrency ? Int64(active) : nil
        let line = lease?[kind].exchange(shares, cap: cap, active: active, as: replica, now: now)
        fit(kind, now: now)
        return line
    }

    mutating func take(_ line: LeaseLine, of kind: RateKind, now: Int64) {
        let isFull = lease?[kind].beginsFull == true
        lease?[kind].take(line)
        fit(kind, now: now, isFull: isFull)
    }

    /// Gives up all parts, or, if it is `isOpen`, goes by the whole limits.
    mutating func leave(isOpen: Bool, now: Int64) {
        for kind in kinds {
            let rest = kind == .concurrency ? Int64(active) : 0
            let ceiling = isOpen ? cap(of: kind) ?? 0 : rest
            lease?[kind].set(ceiling)
            fit(kind, now: now)
        }
    }

    /// Fits a bucket to the part.
    private mutating func fit(_ kind: RateKind, now: Int64, isFull: Bool = false) {
        guard let ceiling = lease?[kind].ceiling else { return }
        switch kind {
        case .requests: requests?.resize(to: ceiling, now: now, isFull: isFull)
        case .tokens: tokens?.resize(to: ceiling, now: now, isFull: isFull)
        case .concurrency: break
        }
    }
}
