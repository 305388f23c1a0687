/// Keeps extra attempts a small share of the requests: a token bucket that each request fills a little.
///
/// With a share of a fifth, a hundred requests pay for twenty retries. So an outage cannot multiply the load, which is
/// what keeps overloaded backends down. A few a second are always allowed, or a quiet service could never retry. One
/// bucket is kept for retries and one for hedges. As in Finagle's `RetryBudget`.
public struct AttemptBudget: Sendable {
    /// What each request adds, 0 to 1.
    public let share: Double
    /// What each second adds.
    public let perSecondMin: Double
    /// At most this many extra attempts are saved up.
    public let capacity: Double
    private var tokens: Double
    private var filledAt: UInt64

    /// A full bucket; instants are nanoseconds of the monotonic clock.
    public init(share: Double, perSecondMin: Double, capacity: Double, now: UInt64) {
        self.share = min(max(share, 0), 1)
        self.perSecondMin = max(perSecondMin, 0)
        self.capacity = max(capacity, 0)
        tokens = self.capacity
        filledAt = now
    }

    /// Takes note of one request, whatever becomes of it.
    public mutating func deposit() { tokens = min(tokens + share, capacity) }

    /// Pays for one extra attempt at `now`; false if there is nothing left to pay with.
    public mutating func withdraw(now: UInt64) -> Bool {
        if now > filledAt {
            tokens = min(tokens + Double(now - filledAt) / 1e9 * perSecondMin, capacity)
            filledAt = now
        }
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
