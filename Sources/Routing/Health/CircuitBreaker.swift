internal import Domain

/// Whether a backend is called, judged by what became of its last calls.
///
///     closed ──too many failures──▶ open ──time──▶ half-open ──the probe succeeds──▶ closed, slowly at first
///                                    ▲                 │
///                                    └─ the probe fails┘
///
/// Too many failures are so many in a row, or such a share of the calls in a window that has seen enough of them. Half
/// open, one call goes through as a probe and all others are refused until it is back. Each time in a row that the
/// circuit opens it stays open twice as long, up to a limit and less a random part, so that gateways do not return at
/// once. It needs no peers: a single backend that is down is left alone as well.
///
/// Where there are health checks, one of them is the probe, and calls are refused until one succeeds: no request has to
/// find out. The circuit then stays open from check to check, however often it has opened.
///
/// A backend that names the time at which it can be called again is left alone until then, and has all of its share at
/// once when it is back: it was busy, not unwell.
///
/// A value without clock; instants are nanoseconds of the monotonic clock. Calls that began before the circuit last
/// changed its state say nothing about now, and are not counted.
public struct CircuitBreaker: Sendable {
    /// What a circuit is.
    public enum State: Hashable, Sendable {
        /// Calls go through.
        case closed
        /// None does until this instant.
        case open(until: UInt64)
        /// One may go through as a probe, or is on its way.
        case halfOpen(isProbing: Bool)
    }

    /// The right to one call, to be handed back with what became of it.
    public struct Permit: Hashable, Sendable {
        /// Whether this call decides if the circuit closes.
        public let isProbe: Bool
        fileprivate let generation: UInt64
    }

    /// What a call says of its backend.
    public enum Verdict: Hashable, Sendable {
        /// It answered.
        case success
        /// It failed, and may have said how long it wants to be left alone.
        case failure(retryAfter: Duration?)
        /// Nothing: the client went away, or its request was wrong.
        case neutral
    }

    private enum Phase: Sendable {
        case closed
        case open(until: UInt64)
        /// The probe that is away counts as lost at `lease`.
        case probing(lease: UInt64)
    }

    /// Whether a health check, and not a call, is the probe.
    public var isChecked = false
    /// What the circuit is judged by.
    public var settings: CircuitBreakerSettings
    /// How many times it has opened.
    public private(set) var openedCount = 0
    private var phase = Phase.closed
    private var generation: UInt64 = 0
    private var window: OutcomeWindow
    private var consecutiveFailures = 0
    /// How many times in a row it has opened.
    private var streak = 0
    /// Whether it opened because calls failed, rather than because one was asked to come later.
    private var isUnwell = false
    /// When it last closed after its calls had failed.
    private var closedAt: UInt64?
    private var generator: SeededGenerator

    /// A closed circuit; `seed` decides its jitter.
    public init(settings: CircuitBreakerSettings = CircuitBreakerSettings(), seed: UInt64) {
        self.settings = settings
        window = OutcomeWindow(span: settings.window.nanoseconds)
        generator = SeededGenerator(seed: seed)
    }

    /// What it is at `now`.
    public func state(now: UInt64) -> State {
        switch phase {
        case .closed: .closed
        case .open(let until): until > now ? .open(until: until) : .halfOpen(isProbing: false)
        case .probing(let lease): .halfOpen(isProbing: lease > now)
        }
    }

    /// The share of its usual traffic that the backend should get at `now`, 0 to 1: it grows after the circuit closes.
    public func share(now: UInt64) -> Double {
        guard case .closed = phase else { return 0 }
        let span = settings.slowStart.nanoseconds
        guard let closedAt, span > 0 else { return 1 }
        let passed = Double(now > closedAt ? now - closedAt : 0) / Double(span)
        return min(max(passed, settings.slowStartShareMin), 1)
    }

    /// Takes the right to a call at `now`; `nil` while the circuit is open, or its probe is away.
    ///
    /// Hand it to ``settle(_:_:now:)`` on every way out.
    public mutating func admit(now: UInt64) -> Permit? {
        if isChecked, state(now: now) != .closed { return nil }
        return admitCheck(now: now)
    }

    /// Takes the right to a health check at `now`; `nil` while the circuit is open, or its probe is away.
    ///
    /// Hand it to ``settleCheck(_:isWell:interval:now:)``.
    public mutating func admitCheck(now: UInt64) -> Permit? {
        switch state(now: now) {
        case .closed: return Permit(isProbe: false, generation: generation)
        case .open, .halfOpen(isProbing: true): return nil
        case .halfOpen(isProbing: false):
            enter(.probing(lease: now.advanced(byNanoseconds: settings.probeTimeMax.nanoseconds)))
            return Permit(isProbe: true, generation: generation)
        }
    }

    /// Takes note of what became of a call.
    public mutating func settle(_ permit: Permit, _ verdict: Verdict, now: UInt64) {
        guard permit.generation == generation else { return }
        switch (verdict, permit.isProbe) {
        case (.success, false):
            consecutiveFailures = 0
            window.insert(isFailure: false, now: now)
        case (.success, true): close(now: now)
        case (.failure(let retryAfter), true):
            if retryAfter == nil { isUnwell = true }
            open(now: now, retryAfter: retryAfter)
        case (.failure(let retryAfter), false):
            consecutiveFailures += 1
            window.insert(isFailure: true, now: now)
            let failsOften = hasFailedTooOften(now: now)
            isUnwell = failsOften || share(now: now) < 1
            if retryAfter != nil || failsOften { open(now: now, retryAfter: retryAfter) }
        case (.neutral, false): break
        // The next call may probe in its stead.
        case (.neutral, true): enter(.open(until: now))
        }
    }

    /// Takes note of a health check, after `interval` of which there may be the next; `nil` for one that was called off.
    ///
    /// While the circuit is closed one that succeeds says nothing: requests may well fail all the same.
    public mutating func settleCheck(_ permit: Permit, isWell: Bool?, interval: Duration, now: UInt64) {
        switch (isWell, permit.isProbe) {
        case (nil, _), (true?, false): settle(permit, .neutral, now: now)
        case (true?, true): settle(permit, .success, now: now)
        case (false?, false): settle(permit, .failure(retryAfter: nil), now: now)
        case (false?, true):
            guard permit.generation == generation else { return }
            isUnwell = true
            enter(.open(until: now.advanced(byNanoseconds: interval.nanoseconds)))
        }
    }

    private mutating func hasFailedTooOften(now: UInt64) -> Bool {
        if consecutiveFailures >= settings.consecutiveFailuresMax { return true }
        let (calls, failures) = window.counts(now: now)
        return calls >= settings.callsMin && Double(failures) >= settings.failureRateMax * Double(calls)
    }

    private mutating func open(now: UInt64, retryAfter: Duration?) {
        // A circuit that has held for as long as it may stay open at most has shown that the last trouble is over.
        let held = UInt64(clamping: settings.openTimeMax.nanoseconds)
        if case .closed = phase, closedAt.map({ now >= $0 && now - $0 >= held }) ?? true { streak = 0 }
        streak += 1
        openedCount += 1
        enter(.open(until: now.advanced(byNanoseconds: openTime(retryAfter))))
    }

    /// What the backend asked for or, if it said nothing, twice as long as the last time in a row, less the jitter.
    private mutating func openTime(_ retryAfter: Duration?) -> Int64 {
        let longest = settings.openTimeMax.nanoseconds
        if let retryAfter { return min(max(retryAfter.nanoseconds, 0), longest) }
        let doubled = settings.openTime.nanoseconds.multipliedReportingOverflow(by: 1 << min(streak - 1, 40))
        let time = doubled.overflow ? longest : min(doubled.partialValue, longest)
        return time - Int64(Double(time) * settings.jitter * .random(in: 0..<1, using: &generator))
    }

    private mutating func close(now: UInt64) {
        closedAt = isUnwell ? now : nil
        consecutiveFailures = 0
        window = OutcomeWindow(span: settings.window.nanoseconds)
        enter(.closed)
    }

    private mutating func enter(_ phase: Phase) {
        self.phase = phase
        generation &+= 1
    }
}
