import Domain
import Testing

@testable import Routing

@Suite struct FleetHealthTests {
    private static let second: UInt64 = 1_000_000_000
    private let fleet = Fleet(
        catalogue: DefaultFleet.catalogue,
        health: HealthSettings(
            breaker: CircuitBreakerSettings(consecutiveFailuresMax: 3, jitter: 0, slowStart: .seconds(10)),
            outliers: OutlierDetector(samplesMin: 10)
        )
    )

    private func request(_ strategy: Strategy) -> RoutingRequest {
        RoutingRequest(endpoint: .chat, capability: nil, strategy: strategy, inputTokens: 10, outputTokens: 10)
    }

    private func fail(_ index: Int, times: Int = 3, at now: UInt64 = 0) throws {
        for _ in 0..<times {
            fleet.settle(index, try #require(fleet.admit(index, now: now)), .failure(retryAfter: nil), now: now)
        }
    }

    @Test func anOpenCircuitTakesAModelOutOfTheChoice() throws {
        let router = Router(catalogue: DefaultFleet.catalogue)
        try fail(0)
        #expect(fleet.availability(0, now: 0) == .open(until: Self.second))
        let decision = router.decide(request(.qualityOptimized), fleet: fleet.snapshot(now: 0), draw: 0.5)
        #expect(decision.candidates[0].rejection == .coolingDown(until: Self.second))
        #expect(decision.choice != 0)
        #expect(fleet.statistics(now: 0)[0].circuit == .open(until: Self.second))
        #expect(fleet.statistics(now: 0)[0].openedCount == 1)
    }

    @Test func oneProbeIsUpForChoiceAndTheOthersAskAgainSoon() throws {
        try fail(0)
        #expect(fleet.availability(0, now: Self.second) == .available)
        let probe = try #require(fleet.admit(0, now: Self.second))
        #expect(fleet.admit(0, now: Self.second) == nil)
        #expect(fleet.availability(0, now: Self.second) == .probing(until: Self.second + 250_000_000))
        fleet.settle(0, probe, .success, now: Self.second)
        #expect(fleet.availability(0, now: Self.second) == .available)
    }

    @Test func aModelThatReturnsHasFewSlotsAtFirst() throws {
        try fail(0)
        fleet.settle(0, try #require(fleet.admit(0, now: Self.second)), .success, now: Self.second)
        #expect(fleet.snapshot(now: Self.second).models[0].slots == 5)
        #expect((0..<50).count { _ in fleet.acquire(0, now: Self.second) } == 5)
        #expect((0..<50).count { _ in fleet.acquire(0, now: 6 * Self.second) } == 20)
        #expect((0..<50).count { _ in fleet.acquire(0, now: 11 * Self.second) } == 25)
        #expect(fleet.snapshot(now: 11 * Self.second).models[0].slots == 50)
    }

    @Test func aReportedQueueMakesAModelTheMostLoaded() {
        let router = Router(catalogue: DefaultFleet.catalogue)
        let request = request(.leastLoaded)
        let favourite = router.decide(request, fleet: fleet.snapshot(now: 0), draw: 0.5).choice
        #expect(favourite == 0)
        fleet.report(BackendLoad(running: 1, waiting: 1, cacheUse: nil), of: 0, now: 0)
        #expect(fleet.snapshot(now: 0).models[0].utilisation == 1)
        #expect(router.decide(request, fleet: fleet.snapshot(now: 0), draw: 0.5).choice == 1)
        #expect(router.decide(request, fleet: fleet.snapshot(now: 10 * Self.second), draw: 0.5).choice == 0)
    }

    private static let pressures: [(BackendLoad, Double)] = [
        (BackendLoad(running: 4, waiting: 0, cacheUse: nil), 0.5),
        (BackendLoad(running: 4, waiting: 0, cacheUse: 0.9), 0.9),
        (BackendLoad(running: 0, waiting: 1, cacheUse: 0), 1),
        (BackendLoad(running: 99, waiting: 0, cacheUse: 0), 1),
        (BackendLoad(running: -5, waiting: -1, cacheUse: .nan), 0),
    ]

    @Test(arguments: pressures)
    func pressureIsTheTightestOfTheFigures(load: BackendLoad, pressure: Double) {
        #expect(load.pressure(slots: 8) == pressure)
    }

    @Test func ejectsTheModelThatHasBecomeSlowAndJudgesItAnewAfterwards() {
        for index in 0..<fleet.count {
            for _ in 0..<500 { fleet.observeSilence(index, firstToken: .milliseconds(100), longestPause: nil) }
        }
        #expect(fleet.ejectOutliers(now: 0).isEmpty)
        for _ in 0..<64 { fleet.observeSilence(1, firstToken: .milliseconds(900), longestPause: nil) }
        #expect(fleet.ejectOutliers(now: 0) == [1])
        #expect(fleet.availability(1, now: 0) == .coolingDown(until: 30 * Self.second))
        #expect(fleet.ejectOutliers(now: 30 * Self.second).isEmpty)
    }

    @Test func aReloadKeepsCircuitsAndTakesOverSettings() throws {
        try fail(0)
        var settings = fleet.health
        settings.firstToken.ceiling = .seconds(3)
        let new = Fleet.inheriting(fleet, catalogue: DefaultFleet.catalogue, health: settings)
        #expect(new.availability(0, now: 0) == .open(until: Self.second))
        #expect(new.silenceMax(0).firstToken == .seconds(3))
        #expect(Fleet.inheriting(new, catalogue: DefaultFleet.catalogue).health == settings)
    }
}
