internal import Configuration
internal import Routing

extension HealthSettings {
    /// How health is judged as `settings` say: what `upstream` and `routing` limit bounds it as well.
    init(_ settings: Settings) {
        let (health, upstream) = (settings.health, settings.upstream)
        func limits(ceiling: Double) -> Watchdog.Limits {
            Watchdog.Limits(
                factor: health.silenceFactor,
                floor: .seconds(health.adaptiveSilence ? health.silenceSecondsMin : ceiling),
                ceiling: .seconds(ceiling),
                samplesMin: health.silenceSamplesMin
            )
        }
        self.init(
            breaker: CircuitBreakerSettings(
                window: .seconds(health.windowSeconds),
                callsMin: health.callsMin,
                failureRateMax: health.failureRateMax,
                consecutiveFailuresMax: health.consecutiveFailuresMax,
                openTime: .seconds(health.openSeconds),
                openTimeMax: .seconds(settings.routing.coolDownSecondsMax),
                jitter: health.openJitter,
                // A probe is back by then, or has been given up.
                probeTimeMax: .seconds(upstream.wholeSecondsMax),
                slowStart: .seconds(health.slowStartSeconds)
            ),
            firstToken: limits(ceiling: upstream.firstByteSecondsMax),
            betweenTokens: limits(ceiling: upstream.betweenBytesSecondsMax),
            outliers: OutlierDetector(factor: health.outlierFactor, shareMax: health.outlierShareMax),
            ejectionTime: .seconds(health.ejectionSeconds),
            loadAgeMax: .seconds(health.metricsStalenessSeconds)
        )
    }
}

extension FailurePolicy {
    /// What is done about failures as `settings` say.
    init(_ settings: Settings.Routing) {
        self.init(
            contentRefusal: settings.contentRefusal == .nextModel ? .nextModel : .tell,
            repeatsPaidWork: settings.repeatsPaidWork
        )
    }
}
