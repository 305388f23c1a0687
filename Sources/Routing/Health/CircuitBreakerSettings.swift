/// When a ``CircuitBreaker`` opens, for how long, and how it comes back.
public struct CircuitBreakerSettings: Hashable, Sendable {
    /// How long a call counts towards the failure rate.
    public var window: Duration
    /// Calls that the window needs before its failure rate counts, 1 or more.
    public var callsMin: Int
    /// The share of failures that opens the circuit, above 0 to 1.
    public var failureRateMax: Double
    /// The failures in a row that open the circuit whatever the rate, 1 or more.
    public var consecutiveFailuresMax: Int
    /// How long the circuit stays open the first time.
    public var openTime: Duration
    /// How long it stays open at most, `Retry-After` included.
    public var openTimeMax: Duration
    /// The share of the open time, 0 to 1, that chance may take away.
    public var jitter: Double
    /// How long a probe may be away before another one may be sent.
    public var probeTimeMax: Duration
    /// For how long after its return a backend's share of the traffic grows.
    public var slowStart: Duration
    /// The share that it starts with, 0 to 1.
    public var slowStartShareMin: Double

    /// Opens after five failures in a row, or half of at least twenty calls in ten seconds.
    public init(
        window: Duration = .seconds(10),
        callsMin: Int = 20,
        failureRateMax: Double = 0.5,
        consecutiveFailuresMax: Int = 5,
        openTime: Duration = .seconds(1),
        openTimeMax: Duration = .seconds(60),
        jitter: Double = 0.2,
        probeTimeMax: Duration = .seconds(120),
        slowStart: Duration = .seconds(10),
        slowStartShareMin: Double = 0.1
    ) {
        self.window = max(window, .nanoseconds(1))
        self.callsMin = max(callsMin, 1)
        self.failureRateMax = min(max(failureRateMax, 1e-9), 1)
        self.consecutiveFailuresMax = max(consecutiveFailuresMax, 1)
        self.openTime = max(openTime, .zero)
        self.openTimeMax = max(openTimeMax, .zero)
        self.jitter = min(max(jitter, 0), 1)
        self.probeTimeMax = max(probeTimeMax, .zero)
        self.slowStart = max(slowStart, .zero)
        self.slowStartShareMin = min(max(slowStartShareMin, 0), 1)
    }
}
