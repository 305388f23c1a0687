internal import Domain
internal import Glibc

/// What of a rate limit is shared: each is leased by itself.
enum RateKind: String, CaseIterable, Sendable {
    case requests, tokens, concurrency
}

/// This replica's part of one rate limit that is shared with others: so much a minute, or at once.
///
/// The parts of all add up to the limit at most. A bucket that is given less keeps what there is room for, and one that is
/// given more fills by and by: so the levels of all add up to no more than the one bucket's would.
struct RatePart: Sendable {
    /// So many a minute, or at once.
    private(set) var ceiling: Int64 = 0
    /// What requests needed that were refused since the last exchange.
    private var wanted: Int64 = 0
    private var others = LeaseShares.unknown(replicas: 1)
    private var use = RecentUse()
    /// Whether the bucket begins full: nobody else has taken of it.
    private(set) var beginsFull = false
    private var hasBegun = false

    mutating func count(_ amount: Int64, now: Int64) { use.count(Double(amount), now: now) }

    /// Takes note of a refusal; whether others may give up what it needs.
    mutating func isShort(of amount: Int64, cap: Int64, now: Int64) -> Bool {
        let left = cap.subtractingClamped(others.used).subtractingClamped(ceiling)
        // What is refused within a second adds up to much more in a minute.
        wanted = min(wanted.addingClamped(amount.addingClamped(amount)), max(cap, 0))
        return left > 0
    }

    /// Gives up what is not needed; the line that the table is to have.
    mutating func exchange(
        _ shares: LeaseShares,
        cap: Int64,
        active: Int64?,
        as replica: Int64,
        now: Int64
    ) -> LeaseLine {
        others = shares
        let own = active ?? min(Int64(use.perMinute(now).rounded(.up)), ceiling)
        let slice = shares.slice(of: cap, own: own, wanted: wanted, reserve: 1)
        let kept = max(own, min(ceiling, own.addingClamped(slice)))
        let next = shares.ceiling(of: cap, own: own, wanted: wanted, atLeast: kept, reserve: 1)
        beginsFull = !hasBegun && shares.isAlone
        ceiling = kept
        defer { wanted = 0 }
        return LeaseLine(
            replica: replica,
            cell: LeaseLine.always,
            ceiling: next,
            used: own,
            held: 0,
            asked: max(own.addingClamped(wanted).subtractingClamped(next), 0)
        )
    }

    mutating func take(_ line: LeaseLine) {
        ceiling = max(ceiling, line.ceiling)
        hasBegun = true
    }

    /// Has so much from now on, whatever others have: nothing where the lease has ended.
    mutating func set(_ ceiling: Int64) { self.ceiling = ceiling }
}

/// How much was taken in the last minute or so, old takes forgotten exponentially.
private struct RecentUse: Sendable {
    private static let memoryMilliseconds = 20_000.0
    private var weight = 0.0
    private var last: Int64 = .min

    mutating func count(_ amount: Double, now: Int64) {
        fade(to: now)
        weight += amount
    }

    mutating func perMinute(_ now: Int64) -> Double {
        fade(to: now)
        return weight * 60_000 / Self.memoryMilliseconds
    }

    private mutating func fade(to now: Int64) {
        if last == .min { last = now }
        guard now > last else { return }
        weight *= exp(-Double(now - last) / Self.memoryMilliseconds)
        last = now
    }
}

/// This replica's parts of a scope's rate limits.
struct GateLease: Sendable {
    var requests = RatePart()
    var tokens = RatePart()
    var concurrency = RatePart()

    subscript(kind: RateKind) -> RatePart {
        get {
            switch kind {
            case .requests: requests
            case .tokens: tokens
            case .concurrency: concurrency
            }
        }
        set {
            switch kind {
            case .requests: requests = newValue
            case .tokens: tokens = newValue
            case .concurrency: concurrency = newValue
            }
        }
    }
}
