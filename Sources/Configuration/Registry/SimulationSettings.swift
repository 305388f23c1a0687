/// How the simulated backend behaves; every figure is a demonstration's, not a measurement.
public struct SimulationSettings: Hashable, Sendable {
    /// How one simulated model behaves.
    public struct Behaviour: Hashable, Sendable {
        /// The name by which requests ask for it.
        public internal(set) var id = ""
        /// Time to first token, milliseconds.
        public internal(set) var timeToFirstTokenMilliseconds = Spread()
        /// Time between two tokens, milliseconds.
        public internal(set) var timeBetweenTokensMilliseconds = 20.0
        /// Tokens of an answer.
        public internal(set) var outputTokens = Length()
        /// The share of requests that are refused with 500, 503 or 429, 0 to 1.
        public internal(set) var errorRate = 0.0
        /// The share of streams whose connection is cut, 0 to 1.
        public internal(set) var cutRate = 0.0
        /// The share of streams that stop without an end, 0 to 1.
        public internal(set) var stallRate = 0.0
    }

    /// A normal distribution, held at 0 or above.
    public struct Spread: Hashable, Sendable {
        /// Its mean.
        public internal(set) var mean = 200.0
        /// Its standard deviation.
        public internal(set) var deviation = 50.0
    }

    /// How long answers are.
    public struct Length: Hashable, Sendable {
        /// Tokens on average.
        public internal(set) var mean = 64.0
        /// Tokens at most.
        public internal(set) var max = 1024
    }

    /// The address to listen on.
    public internal(set) var address = "127.0.0.1:8090"
    /// The seed of all that is drawn.
    public internal(set) var seed: UInt64 = 1
    /// The models that it answers for.
    public internal(set) var models: [Behaviour] = []

    /// A simulation without models.
    init() {}

    /// Reads the text of a simulation file; `file` is its name in errors.
    ///
    /// - Throws: ``ConfigurationErrors`` with all that is wrong.
    public init(yaml text: String, file: String) throws(ConfigurationErrors) {
        self = try Self.read(text, file: file).value
    }

    /// Reads the file at `path`, or the built-in `Config/simulation.yaml`.
    ///
    /// - Throws: ``ConfigurationErrors`` with all that is wrong.
    public static func load(path: String?) throws(ConfigurationErrors) -> SimulationSettings {
        try Self.read(path: path, default: .simulation).value
    }
}

extension SimulationSettings: Section {
    static let fields: [Field<Self>] = [
        Field("address", \.address, .address, "Socket to listen on."),
        Field("seed", \.seed, .seed, "Seed of all that is drawn, so that a run can be repeated."),
        Field("models", \.models, .list(of: .section, count: 1...1000), required: true, "The models it answers for."),
    ]

    func check(at place: Place, into report: inout Report) {
        report.refuseRepetition(in: models.map(\.id)) { place["models"][$0]["id"] }
    }
}

extension SimulationSettings.Behaviour: Section {
    static let fields: [Field<Self>] = [
        Field("id", \.id, .name, required: true, "The name by which requests ask for it: models.yaml's upstream name."),
        Field("time_to_first_token_ms", \.timeToFirstTokenMilliseconds, "Time to first token."),
        Field(
            "time_between_tokens_ms",
            \.timeBetweenTokensMilliseconds,
            .number(in: 0...60_000),
            "Milliseconds between two tokens."
        ),
        Field("output_tokens", \.outputTokens, "How long answers are."),
        Field(
            "error_rate",
            \.errorRate,
            .number(in: 0...1),
            "Share of requests that are refused with 500, 503 or 429."
        ),
        Field("cut_rate", \.cutRate, .number(in: 0...1), "Share of streams whose connection is cut."),
        Field("stall_rate", \.stallRate, .number(in: 0...1), "Share of streams that stop without an end."),
    ]

    func check(at place: Place, into report: inout Report) {
        if errorRate + cutRate + stallRate > 1 {
            report.error(at: place, "error_rate, cut_rate and stall_rate sum to more than 1", fix: "lower one")
        }
    }
}

extension SimulationSettings.Spread: Section {
    static let fields: [Field<Self>] = [
        Field("mean", \.mean, .number(in: 0...600_000), "Mean, milliseconds."),
        Field("deviation", \.deviation, .number(in: 0...600_000), "Standard deviation, milliseconds."),
    ]
}

extension SimulationSettings.Length: Section {
    static let fields: [Field<Self>] = [
        Field("mean", \.mean, .number(in: 1...1_000_000), "Tokens on average."),
        Field("max", \.max, .integer(in: 1...1_000_000), "Tokens at most."),
    ]
}
