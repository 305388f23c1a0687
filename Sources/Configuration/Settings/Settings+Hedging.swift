extension Settings {
    /// When a request that is late is sent a second time, to the next model, and the first to answer counts.
    public struct Hedging: Hashable, Sendable {
        /// Whether it is at all.
        public internal(set) var enabled = false
        /// The share of a model's recent answers that are in when one counts as late.
        public internal(set) var quantile = 0.96
        /// Seconds before which none does.
        public internal(set) var delaySecondsMin = 0.05
        /// Answers of a model before its own times count.
        public internal(set) var samplesMin = 30
        /// The share of requests that may be sent a second time, over time.
        public internal(set) var shareMax = 0.05
        /// Second attempts that can be saved up.
        public internal(set) var savedMax = 10
        /// Dollars that a second that is likely saved may cost.
        public internal(set) var dollarsPerSecondMax = 0.01

        /// The defaults.
        init() {}
    }
}

extension Settings.Hedging: Section {
    static let fields: [Field<Self>] = [
        Field(
            "enabled",
            \.enabled,
            .flag,
            "Whether late requests are sent a second time; both are paid for. Never where a budget caps each request."
        ),
        Field(
            "quantile",
            \.quantile,
            .number(in: 0.5...0.9999),
            "Share of a model's latest answers that are in when one is late; the rest, 4 %, stays below share_max."
        ),
        Field(
            "delay_seconds_min",
            \.delaySecondsMin,
            .number(in: 0.001...3600),
            "Seconds before which none is late."
        ),
        Field("samples_min", \.samplesMin, .integer(in: 1...256), "Answers of a model before its own times count."),
        Field(
            "share_max",
            \.shareMax,
            .number(in: 0...0.5),
            "Share of requests that may be sent a second time, over time."
        ),
        Field("saved_max", \.savedMax, .integer(in: 1...1_000_000), "Second attempts that can be saved up."),
        Field(
            "usd_per_second_max",
            \.dollarsPerSecondMax,
            .number(in: 0...1000),
            "US dollars that a second attempt may cost for each second that it is likely to save."
        ),
    ]
}
