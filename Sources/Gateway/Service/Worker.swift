internal import Configuration
internal import Domain
internal import HTTP
internal import Reactor
internal import Routing
internal import Upstream

/// What one event loop has for itself: its backends' connections, its random numbers, its share of the metrics,
/// its young holds.
///
/// Confined to its loop, so nothing in it needs a lock but what a scrape reads.
final class Worker {
    let loop: EventLoop
    let upstream: UpstreamClient
    let metrics: MetricsShard
    let holds: YoungHolds
    var generator: SeededGenerator
    private var decisions = DecisionCache()
    /// The policy that ``decisions`` are of: a new one starts an empty cache.
    private var decisionsPolicy: ObjectIdentifier?

    init(
        loop: EventLoop,
        upstream: UpstreamClient,
        metrics: MetricsShard,
        holds: YoungHolds,
        seed: UInt64
    ) {
        self.loop = loop
        self.upstream = upstream
        self.metrics = metrics
        self.holds = holds
        generator = SeededGenerator(seed: seed)
    }

    /// Decides `request`; what was only inferred from the prompt gives way before anything is refused.
    ///
    /// `explicit` and `capability` are what the client itself asked for; a dry run leaves turns and caches as they are.
    func decide(
        _ request: inout RoutingRequest,
        explicit: Constraints,
        capability: Capability?,
        by policy: Policy,
        isDryRun: Bool
    ) -> Decision {
        let now = loop.now.nanoseconds
        let router = policy.router
        let fleet = isDryRun ? policy.fleet.snapshot(now: now) : policy.fleet.snapshot(now: now, for: request)
        // Where one model alone is allowed, looking it up takes longer than deciding.
        // Nor is what depends on budgets that others spend at the same time, or on what a router makes of the moment.
        let isCaching =
            policy.settings.routing.decisionCache.enabled && !isDryRun && request.only?.count != 1
            && request.purse == nil && request.preferences == nil
        let key = isCaching ? DecisionKey(request: request) : nil
        if let key {
            if decisionsPolicy != ObjectIdentifier(policy) {
                decisions = policy.makeDecisionCache()
                decisionsPolicy = ObjectIdentifier(policy)
            }
            if let known = decisions.decision(for: key, router: router, fleet: fleet, now: now) { return known }
        }
        let decision = router.decide(&request, explicit: explicit, capability: capability) {
            router.decide($0, fleet: fleet, using: &generator)
        }
        // A tier that could not serve had better be tried again by the next request of it.
        let tier = decision.choice.map { policy.catalogue.models[$0].tier }
        if let key, request.tiers == nil || request.tiers?.first == tier {
            decisions.insert(decision, for: key, now: now)
        }
        return decision
    }

    /// A new request's id.
    func makeRequestID() -> RequestID {
        RequestID(unixNanoseconds: WallClock.unixNanoseconds, using: &generator)
    }
}

extension Router {
    /// Decides `request` by `decide`; what was only inferred from the prompt gives way before anything is refused.
    ///
    /// `explicit` and `capability` are what the client itself asked for.
    func decide(
        _ request: inout RoutingRequest,
        explicit: Constraints,
        capability: Capability?,
        by decide: (RoutingRequest) -> Decision
    ) -> Decision {
        let decision = decide(request)
        guard decision.refusal != nil, request.constraints != explicit || request.capability != capability else {
            return decision
        }
        request.constraints = explicit
        request.capability = capability
        return decide(request)
    }
}
