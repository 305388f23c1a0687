internal import Domain

/// What a ``RateLimiter`` keeps under its lock.
///
/// Invariant: `active` of a gate is the number of tickets that name it and are not settled.
struct RateState: Sendable {
    private struct Gate: Sendable {
        var limit: RateLimit
        var requests: TokenBucket?
        var tokens: TokenBucket?
        var active = 0

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
        func refusal(tokens count: Int64) -> (cause: Throttling.Cause, limit: Int64, wait: Int64?)? {
            if let bucket = tokens, !bucket.couldHold(count) { return (.size, bucket.limit, nil) }
            if let most = limit.concurrency, active >= most { return (.concurrency, Int64(most), nil) }
            if let bucket = requests, case let wait = bucket.wait(for: 1), wait > 0 {
                return (.requests, bucket.limit, bucket.couldHold(1) ? wait : nil)
            }
            if let bucket = tokens, case let wait = bucket.wait(for: count), wait > 0 {
                return (.tokens, bucket.limit, wait)
            }
            return nil
        }
    }

    private struct Ticket: Sendable {
        var number: UInt64
        var gates: LimitSet
        var tokens: Int64
    }

    private var gates: [Gate] = []
    private var places: [Budget.Scope: Int] = [:]
    private var version = 0
    private var tickets: [Ticket?] = []
    private var freePlaces: [Int] = []
    private var lastNumber: UInt64 = 0

    mutating func replace(_ limits: [RateLimit], now: Int64) {
        let known = Dictionary(gates.map { ($0.limit.scope, $0) }) { first, _ in first }
        gates = limits.map { limit in
            var gate = Gate(limit, now: now)
            guard let old = known[limit.scope] else { return gate }
            gate.active = old.active
            if old.limit.requestsPerMinute == limit.requestsPerMinute { gate.requests = old.requests }
            if old.limit.tokensPerMinute == limit.tokensPerMinute { gate.tokens = old.tokens }
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
        let set = current(set)
        try check(tokens, set.places, now: now)
        for place in set.places {
            gates[place].requests?.take(1)
            gates[place].tokens?.take(tokens)
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
            guard let refusal = gates[place].refusal(tokens: tokens) else { continue }
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
            if let bucket = gates[place].requests { allowance.requests = tighter(allowance.requests, bucket) }
            if let bucket = gates[place].tokens { allowance.tokens = tighter(allowance.tokens, bucket) }
        }
        return allowance
    }

    private func tighter(_ item: RateAllowance.Item?, _ bucket: TokenBucket) -> RateAllowance.Item {
        if let item, item.remaining <= bucket.remaining { return item }
        return RateAllowance.Item(
            limit: bucket.limit,
            remaining: bucket.remaining,
            resetMilliseconds: bucket.resetMilliseconds
        )
    }
}
