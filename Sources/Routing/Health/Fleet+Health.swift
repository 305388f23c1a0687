internal import Domain
internal import Synchronization

// MARK: Circuits

extension Fleet {
    /// Takes the right to one call of the model at `index`; `nil` while its circuit is open, or its probe is away.
    ///
    /// Hand it to ``settle(_:_:_:now:)`` on every way out.
    public func admit(_ index: Int, now: UInt64) -> CircuitBreaker.Permit? {
        change(index, now: now) { $0.breaker.admit(now: now) }
    }

    /// Takes note of what became of a call of the model at `index`.
    public func settle(
        _ index: Int,
        _ permit: CircuitBreaker.Permit,
        _ verdict: CircuitBreaker.Verdict,
        now: UInt64
    ) {
        change(index, now: now) { $0.breaker.settle(permit, verdict, now: now) }
    }

    /// Takes the right to a health check of the model at `index`; `nil` where there is nothing to find out at `now`.
    ///
    /// Hand it to ``settleCheck(_:_:isWell:interval:now:)`` on every way out.
    public func admitCheck(_ index: Int, now: UInt64) -> CircuitBreaker.Permit? {
        change(index, now: now) { $0.breaker.admitCheck(now: now) }
    }

    /// Takes note of a health check of the model at `index`; see ``CircuitBreaker/settleCheck(_:isWell:interval:now:)``.
    public func settleCheck(
        _ index: Int,
        _ permit: CircuitBreaker.Permit,
        isWell: Bool?,
        interval: Duration,
        now: UInt64
    ) {
        change(index, now: now) { $0.breaker.settleCheck(permit, isWell: isWell, interval: interval, now: now) }
    }

    /// Whether the circuit of the model at `index` is closed at `now`.
    public func isClosed(_ index: Int, now: UInt64) -> Bool { vitals(of: index, now: now).circuit == .closed }

    /// Takes a slot of the model at `index`; false when all are taken that it may have at `now`.
    ///
    /// A model whose circuit has just closed has few, and gets more with each moment: a worker that comes back cold is
    /// not buried under all that has waited for it.
    public func acquire(_ index: Int, now: UInt64) -> Bool {
        states[index].acquire(limit: slots(of: index, share: vitals(of: index, now: now).share))
    }

    /// How many slots of the model at `index` are free of those that it may have at `now`.
    public func freeSlots(_ index: Int, now: UInt64) -> Int {
        max(slots(of: index, share: vitals(of: index, now: now).share) - states[index].activeCount, 0)
    }

    /// How the model at `index` is at `now`; without the lock where there is nothing to tell.
    func vitals(of index: Int, now: UInt64) -> Vitals {
        let state = states[index]
        guard state.isDelicate.load(ordering: .acquiring) else { return .sound }
        return state.record.withLock { record in
            let vitals = record.health.vitals(now: now)
            if vitals == .sound { state.isDelicate.store(false, ordering: .releasing) }
            return vitals
        }
    }

    /// Changes the health of the model at `index`, and says whether there is now anything to it.
    private func change<Result>(_ index: Int, now: UInt64, _ body: (inout ModelHealth) -> Result) -> Result {
        let state = states[index]
        return state.record.withLock { record in
            let result = body(&record.health)
            state.isDelicate.store(record.health.vitals(now: now) != .sound, ordering: .releasing)
            return result
        }
    }

    /// The slots that the model at `index` has at this share of its traffic; never none, so that it can be probed.
    func slots(of index: Int, share: Double) -> Int {
        let slots = slots(of: index)
        return share < 1 ? min(max(Int(Double(slots) * share), 1), slots) : slots
    }
}

// MARK: Silence, slowness and load

extension Fleet {
    /// How long the model at `index` may be silent at present, before its first token and between two.
    public func silenceMax(_ index: Int) -> (firstToken: Duration, betweenTokens: Duration) {
        states[index].record.withLock { ($0.health.watchdog.firstTokenMax, $0.health.watchdog.betweenTokensMax) }
    }

    /// Takes note of how long an attempt at the model at `index` was silent; see ``Watchdog/observe(firstToken:longestPause:)``.
    public func observeSilence(_ index: Int, firstToken: Duration, longestPause: Duration?) {
        states[index].record.withLock { $0.health.observe(firstToken: firstToken, longestPause: longestPause) }
    }

    /// Takes note of how long a whole answer of the model at `index` took.
    public func observeWholeAnswer(_ index: Int, after duration: Duration) {
        states[index].record.withLock { $0.health.observe(wholeAnswer: duration) }
    }

    /// Takes note of an attempt at the model at `index` that had shown nothing for `elapsed` when another one was faster.
    ///
    /// It counts as what such attempts usually take: left out, or taken as it is, the tail would seem to be gone, and the
    /// hedges that make it go with it.
    public func observeSuperseded(_ index: Int, after elapsed: Duration, isStream: Bool) {
        states[index].record.withLock { $0.health.observe(supersededAfter: elapsed, isStream: isStream) }
    }

    /// How long to wait for the model at `index` before a second attempt; `nil` while too little is known of it.
    public func hedgeDelay(_ index: Int, ofStream: Bool, by policy: HedgePolicy) -> Duration? {
        states[index].record.withLock { policy.delay(for: $0.health.latencies(ofStreams: ofStream)) }
    }

    /// What a second attempt at the model at `second` is likely to save when the first, at `first`, has taken `elapsed`.
    public func hedgeSaving(
        _ first: Int,
        _ second: Int,
        ofStream: Bool,
        after elapsed: Duration,
        by policy: HedgePolicy
    ) -> Duration {
        let latencies = [first, second].map { index in
            states[index].record.withLock { $0.health.latencies(ofStreams: ofStream) }
        }
        return policy.saving(after: elapsed, first: latencies[0], second: latencies[1])
    }

    /// Takes note of the load that the worker behind the model at `index` reports.
    public func report(_ load: BackendLoad, of index: Int, now: UInt64) {
        let until = now.advanced(byNanoseconds: health.loadAgeMax.nanoseconds)
        change(index, now: now) { $0.note(load, until: until) }
    }

    /// Leaves the models alone for a while that have become slow while others have not; to be called every few seconds.
    ///
    /// - Returns: Their places.
    public func ejectOutliers(now: UInt64) -> [Int] {
        let backends = states.indices.map { index in
            let isAvailable = availability(index, now: now) == .available
            return states[index].record.withLock { $0.health.comparison(isAvailable: isAvailable) }
        }
        let outliers = health.outliers.outliers(among: backends)
        for index in outliers {
            states[index].record.withLock { $0.health.forgetRecent() }
            coolDown(index, until: now.advanced(byNanoseconds: health.ejectionTime.nanoseconds))
        }
        return outliers
    }
}
