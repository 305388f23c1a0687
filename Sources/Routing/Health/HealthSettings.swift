/// How a fleet judges the health of its models.
public struct HealthSettings: Hashable, Sendable {
    /// When a model is left alone after failures.
    public var breaker: CircuitBreakerSettings
    /// How long it may be silent before its first token.
    public var firstToken: Watchdog.Limits
    /// How long it may be silent between two tokens.
    public var betweenTokens: Watchdog.Limits
    /// When it is ejected for being slow.
    public var outliers: OutlierDetector
    /// How long it is ejected for.
    public var ejectionTime: Duration
    /// How old a worker's own figures of its load may be.
    public var loadAgeMax: Duration

    /// Every part with its usual settings; the ceilings are those of `upstream` in the gateway's settings.
    public init(
        breaker: CircuitBreakerSettings = CircuitBreakerSettings(),
        firstToken: Watchdog.Limits = Watchdog.Limits(floor: .seconds(5), ceiling: .seconds(120)),
        betweenTokens: Watchdog.Limits = Watchdog.Limits(floor: .seconds(5), ceiling: .seconds(60)),
        outliers: OutlierDetector = OutlierDetector(),
        ejectionTime: Duration = .seconds(30),
        loadAgeMax: Duration = .seconds(10)
    ) {
        self.breaker = breaker
        self.firstToken = firstToken
        self.betweenTokens = betweenTokens
        self.outliers = outliers
        self.ejectionTime = ejectionTime
        self.loadAgeMax = loadAgeMax
    }
}
