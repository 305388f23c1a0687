internal import Domain

/// How a model is at one instant, as far as decisions need to know.
struct Vitals: Hashable, Sendable {
    var circuit = CircuitBreaker.State.closed
    /// The share of its slots that it should get.
    var share = 1.0
    var load: BackendLoad?
    /// Whether its circuit, if it is not closed, waits for a health check rather than for a call.
    var isChecked = false

    /// Nothing speaks against it.
    static let sound = Vitals()
}

/// What one model's calls tell of its health; guarded with its window by one lock.
struct ModelHealth: Sendable {
    /// Times to first token that count as recent, and as the model's history.
    private static let recentCapacity = 64
    private static let historyCapacity = 8192

    var breaker: CircuitBreaker
    var watchdog: Watchdog
    /// Times of whole answers, which show nothing until they are there.
    private(set) var wholeAnswers = LatencySketch()
    private var recent = LatencySketch(capacity: recentCapacity)
    private var history = LatencySketch(capacity: historyCapacity)
    /// What the worker said last, and until when that counts.
    private var load: (value: BackendLoad, until: UInt64)?

    init(_ settings: HealthSettings, seed: UInt64) {
        breaker = CircuitBreaker(settings: settings.breaker, seed: seed)
        watchdog = Watchdog(firstToken: settings.firstToken, betweenTokens: settings.betweenTokens)
    }

    /// Goes on under other settings.
    mutating func adopt(_ settings: HealthSettings) {
        breaker.settings = settings.breaker
        watchdog.firstToken = settings.firstToken
        watchdog.betweenTokens = settings.betweenTokens
    }

    mutating func observe(firstToken: Duration, longestPause: Duration?) {
        watchdog.observe(firstToken: firstToken, longestPause: longestPause)
        recent.insert(firstToken)
        history.insert(firstToken)
    }

    /// Takes note of an attempt that was called off after `elapsed`, before it had shown anything.
    mutating func observe(supersededAfter elapsed: Duration, isStream: Bool) {
        if isStream {
            watchdog.observe(firstToken: watchdog.firstTokens.expected(atLeast: elapsed), longestPause: nil)
        } else {
            wholeAnswers.insert(wholeAnswers.expected(atLeast: elapsed))
        }
    }

    mutating func observe(wholeAnswer: Duration) { wholeAnswers.insert(wholeAnswer) }

    /// The times until answers show anything.
    func latencies(ofStreams: Bool) -> LatencySketch { ofStreams ? watchdog.firstTokens : wholeAnswers }

    mutating func note(_ load: BackendLoad, until: UInt64) { self.load = (load, until) }

    func vitals(now: UInt64) -> Vitals {
        let circuit = breaker.state(now: now)
        return Vitals(
            circuit: circuit,
            share: breaker.share(now: now),
            load: load.flatMap { $0.until > now ? $0.value : nil },
            isChecked: breaker.isChecked && circuit != .closed
        )
    }

    /// How it stands among its peers, by its medians: tails are the watchdog's.
    func comparison(isAvailable: Bool) -> OutlierDetector.Backend {
        OutlierDetector.Backend(
            recent: recent.quantile(0.5) ?? .zero,
            usual: history.quantile(0.5) ?? .zero,
            samples: recent.count,
            isAvailable: isAvailable
        )
    }

    /// Forgets what it was ejected for, so that it is judged anew when it returns.
    mutating func forgetRecent() { recent = LatencySketch(capacity: Self.recentCapacity) }
}
