internal import Domain

/// What a ``RateLimiter`` keeps under its lock.
///
/// Invariant: `active` of a gate is the number of tickets that name it and are not settled.
struct RateState: Sendable {
    struct Gate: Sendable {
        var limit: RateLimit
        var requests: TokenBucket?
        var tokens: TokenBucket?
        var active = 0
        /// This replica's part of each limit, where they are shared with others.
        var lease: GateLease?

        init(_ limit: RateLimit, now: Int64) {
            self.limit = limit
            requests = limit.requestsPerMinute.map { TokenBucket(limit: $0, now: now) }
            tokens = limit.tokensPerMinute.map { TokenBucket(limit: $0, now: now) }
        }

        mutating func advance(to now: Int64) {
            requests?.advance(to: now)
            tokens?.advance(to: now)
        }

        /// The first limit that `tokens` more are too many for.
        mutating func refusal(tokens count: Int64, now: Int64) -> Refusal? {
            if let most = limit.tokensPerMinute, count > max(most, 0) { return Refusal(.size, most, wait: nil) }
            if let most = limit.concurrency, active >= lease.map({ Int($0.concurrency.ceiling) }) ?? most {
                return refuse(.concurrency, .concurrency, 1, Int64(most), wait: nil, now: now)
            }
            if let most = limit.requestsPerMinute, let bucket = requests, case let wait = bucket.wait(for: 1), wait > 0
            {
                return refuse(.requests, .requests, 1, most, wait: bucket.couldHold(1) ? wait : nil, now: now)
            }
            if let most = limit.tokensPerMinute, let bucket = tokens, case let wait = bucket.wait(for: count), wait > 0
            {
                return refuse(.tokens, .tokens, count, most, wait: bucket.couldHold(count) ? wait : nil, now: now)
            }
            return nil
        }

        /// Where others may give up what is missing, that is sooner than the own part fills.
        private mutating func refuse(
            _ cause: Throttling.Cause,
            _ kind: RateKind,
            _ count: Int64,
            _ most: Int64,
            wait: Int64?,
            now: Int64
        ) -> Refusal {
            let isElsewhere = lease?[kind].isShort(of: count, cap: most, now: now) ?? false
            return Refusal(cause, most, wait: isElsewhere ? min(wait ?? .max, 1000) : wait)
        }
    }

    struct Refusal {
        let cause: Throttling.Cause
        let limit: Int64
        let wait: Int64?

        init(_ cause: Throttling.Cause, _ limit: Int64, wait: Int64?) {
            (self.cause, self.limit, self.wait) = (cause, limit, wait)
        }
    }

    private struct Ticket: Sendable {
        var number: UInt64
        var gates: LimitSet
        var tokens: Int64
    }

    var gates: [Gate] = []
    /// Until when parts of the limits are leased, where they are shared with other replicas.
    var term: LeaseTerm?
    /// By what they go then.
    var mode = LeaseMode.leased
    private var places: [Budget.Scope: Int] = [:]
    private var version = 0
    private var tickets: [Ticket?] = []
    private var freePlaces: [Int] = []
    private var lastNumber: UInt64 = 0

    mutating func replace(_ limits: [RateLimit], now: Int64) {
        let known = Dictionary(gates.map { ($0.limit.scope, $0) }) { first, _ in first }
        gates = limits.map { limit in
            var gate = Gate(limit, now: now)
            if term != nil { gate.share(now: now) }
            guard let old = known[limit.scope] else { return gate }
            gate.active = old.active
            gate.lease = old.lease
            let isShared = term != nil
            if old.limit.requestsPerMinute == limit.requestsPerMinute || isShared && old.requests != nil {
                gate.requests = old.requests
            }
            if old.limit.tokensPerMinute == limit.tokensPerMinute || isShared && old.tokens != nil {
                gate.tokens = old.tokens
            }
            return gate
        }
        places = Dictionary(gates.indices.map { (gates[$0].limit.scope, $0) }) { first, _ in first }
        version += 1
        for place in tickets.indices {
            guard let ticket = tickets[place] else { continue }
            let renewed = resolve(ticket.gates.scopes)
            // Requests under way count for limits that are new as well.
            for gate in renewed.places where known[gates[gate].limit.scope] == nil { gates[gate].active += 1 }
            tickets[place]?.gates = renewed
        }
    }

    func resolve(_ scopes: [Budget.Scope]) -> LimitSet {
        LimitSet(scopes: scopes, version: version, places: scopes.compactMap { places[$0] })
    }

    private func current(_ set: LimitSet) -> LimitSet { set.version == version ? set : resolve(set.scopes) }

    mutating func admit(tokens: Int64, by set: LimitSet, now: Int64) throws(Throttling) -> RateTicket {
        let tokens = max(tokens, 0)
        checkTerm(now: now)
        let set = current(set)
        try check(tokens, set.places, now: now)
        for place in set.places {
            gates[place].requests?.take(1)
            gates[place].tokens?.take(tokens)
            gates[place].lease?.requests.count(1, now: now)
            gates[place].lease?.tokens.count(tokens, now: now)
            gates[place].active += 1
        }
        lastNumber += 1
        let ticket = Ticket(number: lastNumber, gates: set, tokens: tokens)
        guard let place = freePlaces.popLast() else {
            tickets.append(ticket)
            return RateTicket(place: tickets.count - 1, number: lastNumber)
        }
        tickets[place] = ticket
        return RateTicket(place: place, number: lastNumber)
    }

    /// Names the limit that takes longest, and one that no wait helps before any other; changes nothing but the time.
    private mutating func check(_ tokens: Int64, _ places: [Int], now: Int64) throws(Throttling) {
        var worst: Throttling?
        for place in places {
            gates[place].advance(to: now)
            guard let refusal = gates[place].refusal(tokens: tokens, now: now) else { continue }
            if let worst, (worst.waitMilliseconds ?? .max) >= (refusal.wait ?? .max) { continue }
            worst = Throttling(
                cause: refusal.cause,
                scope: gates[place].limit.scope,
                limit: refusal.limit,
                waitMilliseconds: refusal.wait
            )
        }
        if let worst { throw worst }
    }

    mutating func settle(_ ticket: RateTicket, tokens: Int64, now: Int64) -> Bool {
        guard tickets.indices.contains(ticket.place), let found = tickets[ticket.place], found.number == ticket.number
        else { return false }
        tickets[ticket.place] = nil
        freePlaces.append(ticket.place)
        for place in found.gates.places {
            gates[place].advance(to: now)
            gates[place].tokens?.giveBack(found.tokens - max(tokens, 0))
            gates[place].active -= 1
        }
        return true
    }

    mutating func allowance(of set: LimitSet, now: Int64) -> RateAllowance {
        var allowance = RateAllowance()
        for place in current(set).places {
            gates[place].advance(to: now)
            let limit = gates[place].limit
            if let bucket = gates[place].requests {
                allowance.requests = tighter(allowance.requests, bucket, limit.requestsPerMinute)
            }
            if let bucket = gates[place].tokens {
                allowance.tokens = tighter(allowance.tokens, bucket, limit.tokensPerMinute)
            }
        }
        return allowance
    }

    private func tighter(
        _ item: RateAllowance.Item?,
        _ bucket: TokenBucket,
        _ limit: Int64?
    ) -> RateAllowance.Item {
        if let item, item.remaining <= bucket.remaining { return item }
        return RateAllowance.Item(
            limit: max(limit ?? bucket.limit, 0),
            remaining: bucket.remaining,
            resetMilliseconds: bucket.resetMilliseconds
        )
    }
}
