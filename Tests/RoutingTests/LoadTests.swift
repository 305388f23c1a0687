import Domain
import Routing
import Testing

@Suite struct LoadTests {
    private let fleet = Fleet(catalogue: DefaultFleet.catalogue)

    private func decide(_ strategy: Strategy, _ constraints: Constraints = .none) -> Decision {
        let request = DefaultFleet.request(.general, strategy, constraints)
        return DefaultFleet.router.decide(request, fleet: fleet.snapshot(now: 0), draw: 0.5)
    }

    private func fill(_ index: Int, leaving free: Int = 0) {
        let slots = DefaultFleet.catalogue.models[index].concurrencyMax
        for _ in 0..<(slots - free) { #expect(fleet.acquire(index)) }
    }

    @Test func aFullModelGivesWayAndStaysTheLastFallback() {
        fill(DefaultFleet.gpt4)
        let decision = decide(.qualityOptimized)
        #expect(decision.choice == DefaultFleet.opus)
        #expect(decision.candidates[DefaultFleet.gpt4].rejection == .atCapacity(slots: 50))
        #expect(!decision.mustQueue)
        var request = DefaultFleet.request(.general, .qualityOptimized, .none)
        request.fallbacksMax = 9
        let fallbacks = DefaultFleet.router.decide(request, fleet: fleet.snapshot(now: 0), draw: 0).fallbacks
        #expect(fallbacks == [DefaultFleet.sonnet, DefaultFleet.gpt35, DefaultFleet.llama, DefaultFleet.gpt4])
    }

    @Test func whenAllAreFullTheBestIsWaitedFor() {
        for index in 0..<fleet.count { fill(index) }
        let decision = decide(.qualityOptimized)
        #expect(decision.mustQueue)
        #expect(decision.choice == DefaultFleet.gpt4)
        #expect(decision.candidates.allSatisfy { $0.rejection == nil })
    }

    /// A full model that meets the constraints is waited for rather than replaced by one that does not.
    @Test func constraintsComeBeforeSlots() {
        fill(DefaultFleet.gpt4)
        let decision = decide(.costOptimized, Constraints(requiredQuality: 0.95))
        #expect(decision.choice == DefaultFleet.gpt4)
        #expect(decision.mustQueue)
    }

    /// 800 ms · (1 + 40/100) is more than 1000 ms; 800 ms · (1 + 20/100) is not.
    @Test func latencyIsStretchedByLoad() {
        for _ in 0..<20 { _ = fleet.acquire(DefaultFleet.gpt35) }
        #expect(decide(.latencyOptimized).choice == DefaultFleet.gpt35)
        for _ in 0..<20 { _ = fleet.acquire(DefaultFleet.gpt35) }
        #expect(decide(.latencyOptimized).choice == DefaultFleet.sonnet)
    }

    /// Shares of slots are compared, not counts: 2 of 50 is more than 3 of 150.
    @Test func leastLoadedComparesShares() {
        for index in [0, 1, 2, 3] { for _ in 0..<2 { _ = fleet.acquire(index) } }
        for _ in 0..<2 { _ = fleet.acquire(DefaultFleet.gpt35) }
        for _ in 0..<2 { _ = fleet.acquire(DefaultFleet.sonnet) }
        for _ in 0..<3 { _ = fleet.acquire(DefaultFleet.llama) }
        #expect(decide(.leastLoaded).choice == DefaultFleet.llama)
        for _ in 0..<3 { fleet.release(DefaultFleet.gpt35) }
        #expect(decide(.leastLoaded).choice == DefaultFleet.gpt35)
    }

    /// Cost counts per success: at 0.001 and 40 % success llama costs more than gpt-3.5-turbo at 0.002.
    @Test func costIsWeightedBySuccess() {
        fleet.observe(DefaultFleet.llama, times: 490, latency: .milliseconds(1200), succeeded: true)
        #expect(decide(.costOptimized).choice == DefaultFleet.llama)
        fleet.observe(DefaultFleet.llama, times: 750, latency: .milliseconds(1200), succeeded: false)
        #expect(decide(.costOptimized).choice == DefaultFleet.gpt35)
    }

    @Test func qualityIsWeightedBySuccess() {
        fleet.observe(DefaultFleet.gpt4, times: 5, latency: .seconds(2), succeeded: false)
        #expect(decide(.qualityOptimized).choice == DefaultFleet.opus)
    }
}
