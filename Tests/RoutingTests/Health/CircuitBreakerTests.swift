import Domain
import Testing

@testable import Routing

@Suite struct CircuitBreakerTests {
    private static let second: UInt64 = 1_000_000_000
    private static let settings = CircuitBreakerSettings(
        callsMin: 10,
        failureRateMax: 0.5,
        consecutiveFailuresMax: 3,
        openTime: .seconds(1),
        openTimeMax: .seconds(8),
        jitter: 0,
        slowStart: .seconds(10),
        slowStartShareMin: 0.1
    )
    private let breaker = Circuit(settings, seed: 1)

    private func call(_ verdict: CircuitBreaker.Verdict, at now: UInt64) {
        guard let permit = breaker.admit(now: now) else { return }
        breaker.settle(permit, verdict, now: now)
    }

    private func fail(_ count: Int, at now: UInt64) {
        for _ in 0..<count { call(.failure(retryAfter: nil), at: now) }
    }

    @Test func opensAfterFailuresInARowAndNotBefore() {
        fail(2, at: 0)
        #expect(breaker.state(now: 0) == .closed)
        call(.success, at: 0)
        fail(2, at: 0)
        #expect(breaker.state(now: 0) == .closed)
        fail(1, at: 0)
        #expect(breaker.state(now: 0) == .open(until: Self.second))
        #expect(breaker.admit(now: Self.second - 1) == nil)
        #expect(breaker.openedCount == 1)
    }

    /// Every other call fails: never two in a row, but half of ten.
    @Test func opensAtAFailureRateOnceThereAreEnoughCalls() {
        for _ in 0..<4 {
            call(.success, at: 0)
            fail(1, at: 0)
        }
        call(.success, at: 0)
        #expect(breaker.state(now: 0) == .closed)
        fail(1, at: 0)
        #expect(breaker.state(now: 0) == .open(until: Self.second))
    }

    /// Ten seconds hold twenty of these calls, or four.
    @Test(arguments: [(1, true), (5, false)] as [(UInt64, Bool)])
    func forgetsFailuresThatAreOlderThanItsWindow(secondsApart: UInt64, opens: Bool) {
        for round in 0..<30 as Range<UInt64> {
            call(.failure(retryAfter: nil), at: round * secondsApart * Self.second)
            call(.success, at: round * secondsApart * Self.second)
        }
        #expect((breaker.openedCount > 0) == opens)
    }

    @Test func letsOneProbeThroughAndClosesWhenItSucceeds() throws {
        fail(3, at: 0)
        let probe = try #require(breaker.admit(now: Self.second))
        #expect(probe.isProbe)
        #expect(breaker.state(now: Self.second) == .halfOpen(isProbing: true))
        for _ in 0..<100 { #expect(breaker.admit(now: Self.second) == nil) }
        breaker.settle(probe, .success, now: Self.second)
        #expect(breaker.state(now: Self.second) == .closed)
    }

    @Test func staysOpenTwiceAsLongEachTimeUpToItsLimit() throws {
        fail(3, at: 0)
        var now: UInt64 = 0
        for seconds in [1, 2, 4, 8, 8, 8] as [UInt64] {
            let until = now + seconds * Self.second
            #expect(breaker.state(now: now) == .open(until: until))
            now = until
            let probe = try #require(breaker.admit(now: now))
            breaker.settle(probe, .failure(retryAfter: nil), now: now)
        }
    }

    /// A circuit that closed and opens again at once goes on where it was; one that held for long starts anew.
    @Test(arguments: [(7, 2), (8, 1)] as [(UInt64, UInt64)])
    func forgetsItsStreakOnceItHasHeld(heldSeconds: UInt64, openSeconds: UInt64) throws {
        fail(3, at: 0)
        let probe = try #require(breaker.admit(now: Self.second))
        breaker.settle(probe, .success, now: Self.second)
        let now = (1 + heldSeconds) * Self.second
        fail(3, at: now)
        #expect(breaker.state(now: now) == .open(until: now + openSeconds * Self.second))
    }

    @Test func heedsRetryAfterAtOnceAndWithinItsLimit() throws {
        call(.failure(retryAfter: .seconds(5)), at: 0)
        #expect(breaker.state(now: 0) == .open(until: 5 * Self.second))
        let other = Circuit(Self.settings, seed: 1)
        other.settle(try #require(other.admit(now: 0)), .failure(retryAfter: .seconds(500)), now: 0)
        #expect(other.state(now: 0) == .open(until: 8 * Self.second))
    }

    @Test func givesAnotherCallTheProbeThatSaidNothing() throws {
        fail(3, at: 0)
        let probe = try #require(breaker.admit(now: Self.second))
        breaker.settle(probe, .neutral, now: Self.second)
        #expect(try #require(breaker.admit(now: Self.second)).isProbe)
    }

    @Test func givesAnotherCallTheProbeThatNeverCameBack() throws {
        fail(3, at: 0)
        let lost = try #require(breaker.admit(now: Self.second))
        let later = Self.second + UInt64(Self.settings.probeTimeMax.nanoseconds)
        #expect(breaker.admit(now: later - 1) == nil)
        let probe = try #require(breaker.admit(now: later))
        breaker.settle(lost, .failure(retryAfter: nil), now: later)
        #expect(breaker.state(now: later) == .halfOpen(isProbing: true))
        breaker.settle(probe, .success, now: later)
        #expect(breaker.state(now: later) == .closed)
    }

    @Test func doesNotHearCallsFromBeforeItOpened() throws {
        let early = try #require(breaker.admit(now: 0))
        fail(3, at: 0)
        breaker.settle(early, .success, now: Self.second / 2)
        #expect(breaker.state(now: Self.second / 2) == .open(until: Self.second))
    }

    @Test func givesMoreTrafficWithEachSecondAfterItClosed() throws {
        #expect(breaker.share(now: 0) == 1)
        fail(3, at: 0)
        #expect(breaker.share(now: 0) == 0)
        breaker.settle(try #require(breaker.admit(now: Self.second)), .success, now: Self.second)
        #expect(breaker.share(now: Self.second) == 0.1)
        #expect(breaker.share(now: 6 * Self.second) == 0.5)
        #expect(breaker.share(now: 11 * Self.second) == 1)
    }

    /// A backend that is busy and says until when has its whole share then; one that fails as well has not.
    @Test func aRestThatWasAskedForIsNoIllness() throws {
        call(.failure(retryAfter: .seconds(2)), at: 0)
        #expect(breaker.share(now: 0) == 0)
        call(.success, at: 2 * Self.second)
        #expect(breaker.share(now: 2 * Self.second) == 1)

        call(.failure(retryAfter: .seconds(2)), at: 3 * Self.second)
        call(.failure(retryAfter: nil), at: 5 * Self.second)
        call(.success, at: 9 * Self.second)
        #expect(breaker.share(now: 9 * Self.second) == 0.1)
        call(.failure(retryAfter: .seconds(1)), at: 10 * Self.second)
        call(.success, at: 11 * Self.second)
        #expect(breaker.share(now: 11 * Self.second) == 0.1, "what was short of its share stays so")
    }

    // MARK: Health checks

    @Test func whereThereAreChecksNoCallIsTheProbe() throws {
        breaker.isChecked = true
        fail(3, at: 0)
        #expect(breaker.admitCheck(now: Self.second - 1) == nil)
        #expect(breaker.admit(now: Self.second) == nil)
        let check = try #require(breaker.admitCheck(now: Self.second))
        #expect(check.isProbe)
        #expect(breaker.admitCheck(now: Self.second) == nil)
        breaker.settleCheck(check, isWell: true, interval: .seconds(2), now: Self.second)
        #expect(breaker.state(now: Self.second) == .closed)
        #expect(breaker.share(now: Self.second) == 0.1)
        #expect(breaker.admit(now: Self.second)?.isProbe == false)
    }

    /// From check to check, without counting as an opening: however long it is away, it is soon found to be back.
    @Test func aCheckThatFailsIsRepeatedAtItsInterval() throws {
        breaker.isChecked = true
        fail(3, at: 0)
        for round in 0..<20 as Range<UInt64> {
            let now = (1 + 2 * round) * Self.second
            let check = try #require(breaker.admitCheck(now: now))
            breaker.settleCheck(check, isWell: false, interval: .seconds(2), now: now)
            #expect(breaker.state(now: now) == .open(until: now + 2 * Self.second))
        }
        #expect(breaker.openedCount == 1)
    }

    /// Its interval does not shorten what failing requests have earned, in which it is not asked.
    @Test func aBackendThatSaysThatItIsWellAndIsNotStaysOpenLongerEachTime() throws {
        breaker.isChecked = true
        var now: UInt64 = 0
        for seconds in [1, 2, 4, 8, 8] as [UInt64] {
            fail(3, at: now)
            #expect(breaker.state(now: now) == .open(until: now + seconds * Self.second))
            now += seconds * Self.second
            let check = try #require(breaker.admitCheck(now: now))
            breaker.settleCheck(check, isWell: true, interval: .seconds(1), now: now)
        }
    }

    /// Two failed calls and a failed check are three failures in a row, whatever checks succeed in between.
    @Test func aCheckOfAClosedCircuitCanOnlySpeakAgainstIt() throws {
        let check = { (isWell: Bool?) in
            let permit = try #require(breaker.admitCheck(now: 0))
            #expect(!permit.isProbe)
            breaker.settleCheck(permit, isWell: isWell, interval: .seconds(1), now: 0)
        }
        fail(2, at: 0)
        try check(true)
        try check(nil)
        #expect(breaker.state(now: 0) == .closed)
        try check(false)
        #expect(breaker.state(now: 0) == .open(until: Self.second))
    }

    @Test func aCheckThatIsCalledOffMayBeRepeatedAtOnce() throws {
        breaker.isChecked = true
        fail(3, at: 0)
        let check = try #require(breaker.admitCheck(now: Self.second))
        breaker.settleCheck(check, isWell: nil, interval: .seconds(60), now: Self.second)
        #expect(breaker.admitCheck(now: Self.second)?.isProbe == true)
    }

    @Test func jitterShortensAndNeverLengthens() throws {
        var settings = Self.settings
        settings.jitter = 0.5
        var times: Set<UInt64> = []
        for seed in 0..<50 as Range<UInt64> {
            let breaker = Circuit(settings, seed: seed)
            for _ in 0..<3 { breaker.settle(try #require(breaker.admit(now: 0)), .failure(retryAfter: nil), now: 0) }
            guard case .open(let until) = breaker.state(now: 0) else { Issue.record("closed"); return }
            #expect((Self.second / 2...Self.second).contains(until))
            times.insert(until)
        }
        #expect(times.count > 40)
    }

    /// Whatever happens in whatever order: at most one probe is away, and a closed circuit that only hears successes
    /// stays closed.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func neverHasTwoProbesAway(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let breaker = Circuit(Self.settings, seed: seed)
        var away: [(permit: CircuitBreaker.Permit, at: UInt64)] = []
        var now: UInt64 = 0
        let lease = UInt64(Self.settings.probeTimeMax.nanoseconds)
        for _ in 0..<500 {
            now += .random(in: 0...Self.second / 2, using: &generator)
            if Bool.random(using: &generator), let permit = breaker.admit(now: now) {
                if permit.isProbe { #expect(!away.contains { $0.permit.isProbe && now - $0.at < lease }) }
                away.append((permit, now))
            } else if let place = away.indices.randomElement(using: &generator) {
                let verdicts: [CircuitBreaker.Verdict] = [.success, .failure(retryAfter: nil), .neutral]
                let call = away.remove(at: place)
                breaker.settle(call.permit, verdicts[.random(in: 0..<3, using: &generator)], now: now)
            }
        }
    }

    /// What a single backend that is down gets to see: 11 requests for a minute at most make a handful of calls.
    @Test func aSingleBackendThatIsDownIsLeftAlone() {
        let breaker = Circuit(CircuitBreakerSettings(), seed: 1)
        var calls = 0
        for request in 0..<600 as Range<UInt64> {
            let now = request * Self.second / 10
            guard let permit = breaker.admit(now: now) else { continue }
            calls += 1
            breaker.settle(permit, .failure(retryAfter: nil), now: now)
        }
        #expect(calls <= 12)
    }
}

/// A breaker by reference: the macros call it as a constant.
private final class Circuit {
    private var breaker: CircuitBreaker

    init(_ settings: CircuitBreakerSettings, seed: UInt64) { breaker = CircuitBreaker(settings: settings, seed: seed) }

    var isChecked: Bool {
        get { breaker.isChecked }
        set { breaker.isChecked = newValue }
    }
    var openedCount: Int { breaker.openedCount }
    func admitCheck(now: UInt64) -> CircuitBreaker.Permit? { breaker.admitCheck(now: now) }
    func settleCheck(_ permit: CircuitBreaker.Permit, isWell: Bool?, interval: Duration, now: UInt64) {
        breaker.settleCheck(permit, isWell: isWell, interval: interval, now: now)
    }
    func state(now: UInt64) -> CircuitBreaker.State { breaker.state(now: now) }
    func share(now: UInt64) -> Double { breaker.share(now: now) }
    func admit(now: UInt64) -> CircuitBreaker.Permit? { breaker.admit(now: now) }
    func settle(_ permit: CircuitBreaker.Permit, _ verdict: CircuitBreaker.Verdict, now: UInt64) {
        breaker.settle(permit, verdict, now: now)
    }
}
