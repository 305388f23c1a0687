extension Settings {
    /// When a backend is left alone, and how soon an attempt at it is given up.
    public struct Health: Hashable, Sendable {
        /// Seconds that a call counts towards the failure rate.
        public internal(set) var windowSeconds = 10.0
        /// Calls in that time before the failure rate counts.
        public internal(set) var callsMin = 20
        /// The share of failures that opens a circuit.
        public internal(set) var failureRateMax = 0.5
        /// Failures in a row that open it whatever the rate.
        public internal(set) var consecutiveFailuresMax = 5
        /// Seconds that it stays open the first time; twice as long each time in a row.
        public internal(set) var openSeconds = 1.0
        /// The share of that time that chance may take away.
        public internal(set) var openJitter = 0.2
        /// Seconds in which a backend that comes back gets more and more of its slots.
        public internal(set) var slowStartSeconds = 10.0
        /// Whether streams are given up by how long their model usually keeps silent.
        public internal(set) var adaptiveSilence = true
        /// How many times its 99th percentile a model may keep silent.
        public internal(set) var silenceFactor = 4.0
        /// Seconds of silence before which no stream is given up.
        public internal(set) var silenceSecondsMin = 5.0
        /// Streams of a model before its own silences count.
        public internal(set) var silenceSamplesMin = 30
        /// How many times slower than usual a model is ejected.
        public internal(set) var outlierFactor = 3.0
        /// The share of models that may be away for being slow.
        public internal(set) var outlierShareMax = 0.34
        /// Seconds that a slow model is ejected for.
        public internal(set) var ejectionSeconds = 30.0
        /// Seconds between two looks for slow models.
        public internal(set) var outlierSeconds = 5.0
        /// Seconds between two readings of workers' metrics.
        public internal(set) var metricsSeconds = 1.0
        /// Seconds that a worker may take to answer with them.
        public internal(set) var metricsSecondsMax = 1.0
        /// Seconds that a worker's metrics count for.
        public internal(set) var metricsStalenessSeconds = 10.0
        /// The share of requests that may be tried again, over time.
        public internal(set) var retryShare = 0.2
        /// Retries a second that are always allowed.
        public internal(set) var retriesPerSecond = 10.0
        /// Retries that can be saved up.
        public internal(set) var retriesSavedMax = 100

        /// The defaults.
        init() {}
    }
}

extension Settings.Health: Section {
    static let fields: [Field<Self>] = [
        Field(
            "window_seconds",
            \.windowSeconds,
            .number(in: 0.1...3600),
            "Seconds that a call counts towards the failure rate."
        ),
        Field(
            "calls_min",
            \.callsMin,
            .integer(in: 1...1_000_000),
            "Calls in that time before the failure rate counts."
        ),
        Field(
            "failure_rate_max",
            \.failureRateMax,
            .number(in: 0.01...1),
            "Share of failures that opens a backend's circuit: it is then not called for a while."
        ),
        Field(
            "consecutive_failures_max",
            \.consecutiveFailuresMax,
            .integer(in: 1...1_000_000),
            "Failures in a row that open it whatever the rate."
        ),
        Field(
            "open_seconds",
            \.openSeconds,
            .number(in: 0.01...3600),
            "Seconds until one call probes it, twice as long each time in a row up to routing.cool_down_seconds_max."
        ),
        Field(
            "open_jitter",
            \.openJitter,
            .number(in: 0...1),
            "Share of that time that chance takes away, so that gateways do not return at once."
        ),
        Field(
            "slow_start_seconds",
            \.slowStartSeconds,
            .number(in: 0...3600),
            "Seconds in which a backend that comes back gets more and more of its slots."
        ),
        Field(
            "adaptive_silence",
            \.adaptiveSilence,
            .flag,
            "Whether a stream is given up by how long its model usually keeps silent; false has upstream's limits alone."
        ),
        Field(
            "silence_factor",
            \.silenceFactor,
            .number(in: 1...1000),
            "How many times its 99th percentile a model may keep silent, within upstream's limits."
        ),
        Field(
            "silence_seconds_min",
            \.silenceSecondsMin,
            .number(in: 0.01...86_400),
            "Seconds of silence before which no stream is given up, but for upstream's limits."
        ),
        Field(
            "silence_samples_min",
            \.silenceSamplesMin,
            .integer(in: 1...512),
            "Streams of a model before its own silences count."
        ),
        Field(
            "outlier_factor",
            \.outlierFactor,
            .number(in: 1...1000),
            "How many times slower than it was, and than others have become, a model is ejected."
        ),
        Field(
            "outlier_share_max",
            \.outlierShareMax,
            .number(in: 0...1),
            "Share of models that may be away for being slow; 0 ejects none."
        ),
        Field(
            "ejection_seconds",
            \.ejectionSeconds,
            .number(in: 0.01...3600),
            "Seconds that a slow model is ejected for."
        ),
        Field(
            "outlier_seconds",
            \.outlierSeconds,
            .number(in: 0.25...3600),
            "Seconds between two looks for slow models."
        ),
        Field(
            "metrics_seconds",
            \.metricsSeconds,
            .number(in: 0.05...3600),
            "Seconds between two readings of workers' load, for models with `metrics_url`; never on a request's way."
        ),
        Field(
            "metrics_seconds_max",
            \.metricsSecondsMax,
            .number(in: 0.01...600),
            "Seconds that a worker may take to answer with it."
        ),
        Field(
            "metrics_staleness_seconds",
            \.metricsStalenessSeconds,
            .number(in: 0.01...86_400),
            "Seconds that a worker's load counts for; then only the gateway's own requests do, until it answers again."
        ),
        Field(
            "retry_share",
            \.retryShare,
            .number(in: 0...1),
            "Share of requests that may be tried again, over time: an outage must not multiply the load."
        ),
        Field(
            "retries_per_second",
            \.retriesPerSecond,
            .number(in: 0...1_000_000),
            "Retries a second that are always allowed, for quiet services."
        ),
        Field(
            "retries_saved_max",
            \.retriesSavedMax,
            .integer(in: 0...1_000_000),
            "Retries that can be saved up."
        ),
    ]
}
