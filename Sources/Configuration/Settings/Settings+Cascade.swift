extension Settings {
    /// When the strategy `cascade`, which asks the cheapest model first, asks a better one as well.
    public struct Cascade: Hashable, Sendable {
        /// Quality of form below which an answer does not pass.
        public internal(set) var qualityMin = 0.6
        /// Uncertainty from which on it does not.
        public internal(set) var uncertaintyMax = 0.75
        /// By how much a model has to be better to be asked as well.
        public internal(set) var gainMin = 0.05
        /// Models that are asked after the first.
        public internal(set) var escalationsMax = 1
        /// Dollars that a whole point of quality may cost; `nil` for whatever a request's limits allow.
        public internal(set) var dollarsPerQualityMax: Double?
        /// Bytes of an answer that are checked, and of a stream that are held back for it.
        public internal(set) var heldBytesMax = 65_536

        /// The defaults.
        init() {}
    }
}

extension Settings.Cascade: Section {
    static let fields: [Field<Self>] = [
        Field(
            "quality_min",
            \.qualityMin,
            .number(in: 0...1),
            "Quality of form below which an answer does not pass: 0.6 where nothing speaks against it."
        ),
        Field(
            "uncertainty_max",
            \.uncertaintyMax,
            .number(in: 0...1),
            "Uncertainty from which on it does not: 0.7 for fewer than ten words, 0.9 for `not sure`."
        ),
        Field("gain_min", \.gainMin, .number(in: 0...1), "By how much a model has to be better to be asked as well."),
        Field("escalations_max", \.escalationsMax, .integer(in: 1...8), "Models that are asked after the first."),
        Field(
            "usd_per_quality_max",
            \.dollarsPerQualityMax,
            optional: .number(in: 0...1e6),
            "US dollars that a whole point of quality may cost; absent for whatever a request's limits allow."
        ),
        Field(
            "held_bytes_max",
            \.heldBytesMax,
            .integer(in: 0...1_048_576),
            "Bytes of an answer that are checked, and of a stream that are held back for it; a longer one passes."
        ),
    ]
}
