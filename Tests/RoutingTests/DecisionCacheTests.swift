import Domain
import Routing
import Testing

@Suite struct DecisionCacheTests {
    private let router = DefaultFleet.router
    private let fleet = Fleet(catalogue: DefaultFleet.catalogue)

    private func cached(
        _ request: RoutingRequest,
        in cache: inout DecisionCache,
        now: UInt64 = 0,
        digest: UInt64 = 0
    ) -> Decision? {
        let key = DecisionKey(request: request, digest: digest)
        return cache.decision(for: key, router: router, fleet: fleet.snapshot(now: now), now: now)
    }

    private func remember(_ request: RoutingRequest, in cache: inout DecisionCache) {
        let decision = router.decide(request, fleet: fleet.snapshot(now: 0, for: request), draw: 0)
        cache.insert(decision, for: DecisionKey(request: request), now: 0)
    }

    @Test func givesAnEqualRequestTheSameDecision() throws {
        var cache = DecisionCache()
        let request = DefaultFleet.request(.general, .ensemble)
        #expect(cached(request, in: &cache) == nil)
        remember(request, in: &cache)
        let decision = try #require(cached(request, in: &cache))
        #expect(decision.choice == DefaultFleet.gpt35)
        #expect(decision.isCached)
        #expect(decision.fallbacks == [DefaultFleet.gpt4, DefaultFleet.opus, DefaultFleet.sonnet])
    }

    /// The original serves a cached llama-2-70b to a request that requires quality 0.94.
    @Test func anyDifferenceIsAnotherRequest() {
        var cache = DecisionCache()
        let request = DefaultFleet.request(.general, .costOptimized)
        remember(request, in: &cache)
        var others = [RoutingRequest](repeating: request, count: 9)
        others[0].constraints.requiredQuality = 0.94
        others[1].constraints.maxCost = .max
        others[2].inputTokens = 1
        others[3].outputTokensMax = 5
        others[4].only = [ModelID("llama-2-70b")]
        others[5].features = [.tools]
        others[6].relax = .relax
        others[7].capability = nil
        others[8].fallbacksMax = 1
        for other in others { #expect(cached(other, in: &cache) == nil) }
        #expect(cached(request, in: &cache, digest: 1) == nil)
        #expect(cached(request, in: &cache) != nil)
    }

    /// The original serves a model that was marked unavailable.
    @Test func neverServesAModelThatIsAway() {
        var cache = DecisionCache()
        let request = DefaultFleet.request(.general, .ensemble)
        remember(request, in: &cache)
        fleet.switchOff(DefaultFleet.gpt35)
        #expect(cached(request, in: &cache) == nil)
        fleet.switchOn(DefaultFleet.gpt35)
        remember(request, in: &cache)
        fleet.coolDown(DefaultFleet.gpt35, until: 10)
        #expect(cached(request, in: &cache, now: 9) == nil)
    }

    @Test func neverServesAFullModel() {
        var cache = DecisionCache()
        let request = DefaultFleet.request(.general, .ensemble)
        remember(request, in: &cache)
        for _ in 0..<100 { #expect(fleet.acquire(DefaultFleet.gpt35)) }
        #expect(cached(request, in: &cache) == nil)
    }

    @Test func neverServesAModelThatHasBecomeTooSlow() {
        var cache = DecisionCache()
        let request = DefaultFleet.request(.general, .ensemble, Constraints(maxLatency: .milliseconds(900)))
        remember(request, in: &cache)
        #expect(cached(request, in: &cache) != nil)
        fleet.observe(DefaultFleet.gpt35, times: 10, latency: .seconds(9))
        #expect(cached(request, in: &cache) == nil)
    }

    @Test func leavesOutFallbacksThatAreAway() {
        var cache = DecisionCache()
        let request = DefaultFleet.request(.general, .ensemble)
        remember(request, in: &cache)
        fleet.switchOff(DefaultFleet.opus)
        #expect(cached(request, in: &cache)?.fallbacks == [DefaultFleet.gpt4, DefaultFleet.sonnet])
    }

    /// The original returns the same model for four round-robin calls out of four.
    @Test(arguments: [Strategy.roundRobin, .leastLoaded, .random])
    func neverKeepsWhatChangesWithEachCall(strategy: Strategy) {
        var cache = DecisionCache()
        remember(DefaultFleet.request(.general, strategy), in: &cache)
        #expect(cache.count == 0)
    }

    @Test func neverKeepsWhatWasExploredRelaxedOrRefused() {
        var cache = DecisionCache()
        let impossible = Constraints(maxCost: .zero)
        remember(DefaultFleet.request(.general, .balanced, impossible), in: &cache)
        remember(DefaultFleet.request(.general, .balanced, impossible, relax: .relax), in: &cache)
        #expect(cache.count == 0)
        let explorer = Router(catalogue: DefaultFleet.catalogue, settings: RouterSettings(exploration: 1))
        let request = DefaultFleet.request(.general, .balanced)
        let explored = explorer.decide(request, fleet: DefaultFleet.fresh, draw: 0)
        #expect(explored.reason == .explored)
        cache.insert(explored, for: DecisionKey(request: request), now: 0)
        #expect(cache.count == 0)
    }

    @Test func forgetsAfterItsTime() {
        var cache = DecisionCache(capacity: 1000, timeToLive: .seconds(300))
        let request = DefaultFleet.request(.general, .ensemble)
        remember(request, in: &cache)
        #expect(cached(request, in: &cache, now: 299_999_999_999) != nil)
        #expect(cached(request, in: &cache, now: 300_000_000_000) == nil)
    }
}
