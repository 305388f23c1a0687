/// What a cached decision is found by: the whole request, and a digest of whatever else its features came from.
public struct DecisionKey: Hashable, Sendable {
    /// The request, constraints and all.
    public let request: RoutingRequest
    /// A digest of the prompt, where routing looks at more of it than `request` says; 0 where it does not.
    public let digest: UInt64

    /// A key of both parts.
    public init(request: RoutingRequest, digest: UInt64 = 0) {
        self.request = request
        self.digest = digest
    }
}

/// Recent decisions, each checked against the fleet as it is before it is given out again.
///
/// A decision is kept only if an equal request would get it again: not under a strategy that changes with each call, not
/// if it was explored, relaxed, refused or has to wait. One cache belongs to one ``Router``; a new catalogue gets a new
/// cache.
public struct DecisionCache: Sendable {
    private var decisions: LRUCache<DecisionKey, Decision>

    /// An empty cache of at most `capacity` decisions, each good for `timeToLive`.
    public init(capacity: Int = 1000, timeToLive: Duration = .seconds(300)) {
        decisions = LRUCache(capacity: capacity, timeToLive: timeToLive)
    }

    /// How many decisions there are.
    public var count: Int { decisions.count }

    /// The decision for an equal request, if its choice is still available, has a free slot and meets the constraints.
    ///
    /// Fallbacks that would no longer be accepted are left out. Costs and latencies are those of the time of deciding.
    public mutating func decision(
        for key: DecisionKey,
        router: Router,
        fleet: FleetSnapshot,
        now: UInt64
    ) -> Decision? {
        guard key.request.strategy.isRepeatable, let found = decisions.value(for: key, now: now),
            let choice = found.choice
        else { return nil }
        guard router.accepts(choice, for: key.request, fleet: fleet) else {
            decisions.removeValue(for: key)
            return nil
        }
        return found.cached(fallbacks: found.fallbacks.filter { router.accepts($0, for: key.request, fleet: fleet) })
    }

    /// Keeps `decision` if an equal request would get it again.
    public mutating func insert(_ decision: Decision, for key: DecisionKey, now: UInt64) {
        guard key.request.strategy.isRepeatable, decision.choice != nil, decision.reason != .explored,
            decision.relaxed.isEmpty, !decision.mustQueue
        else { return }
        decisions.insert(decision, for: key, now: now)
    }

    /// Forgets every decision.
    public mutating func removeAll() { decisions.removeAll() }
}
