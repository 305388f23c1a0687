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
        /// Further faults, each with its share of the requests.
        public internal(set) var faults: [FaultRate] = []
        /// What happens to its first requests, before chance decides.
        public internal(set) var script: SimulatedFaultSequence?
        /// The share of the known prompts that it knows the answer to, 0 to 1; who has more knows all that others know.
        public internal(set) var skill = 0.0
    }

    /// What is to be said to a prompt.
    public struct KnownAnswer: Hashable, Sendable {
        /// The prompt, letter by letter.
        public internal(set) var prompt = ""
        /// The answer.
        public internal(set) var text = ""

        /// An answer to be filled in.
        init() {}

        /// The answer `text` to `prompt`.
        public init(to prompt: String, _ text: String) { (self.prompt, self.text) = (prompt, text) }
    }

    /// How often a fault happens.
    public struct FaultRate: Hashable, Sendable {
        /// Which one.
        public internal(set) var fault = SimulatedFault.none
        /// Its share of the requests, 0 to 1.
        public internal(set) var rate = 0.0
    }

    /// A distribution of times, held at 0 or above.
    public struct Spread: Hashable, Sendable {
        /// How the bulk of it lies around its mean.
        public enum Shape: String, CaseIterable, Hashable, Sendable {
            /// Evenly to both sides.
            case normal
            /// Longer above than below, as measured latencies are.
            case lognormal
        }

        /// The mean of the bulk.
        public internal(set) var mean = 200.0
        /// Its standard deviation.
        public internal(set) var deviation = 50.0
        /// Its shape.
        public internal(set) var shape = Shape.normal
        /// The share that lies in the tail instead, a Pareto distribution from the mean on; 0 to 1.
        public internal(set) var tailRate = 0.0
        /// The tail's exponent: the smaller, the heavier; at 1 and below it has no mean.
        public internal(set) var tailExponent = 1.5
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
    /// An address that refuses connections; `nil` for none.
    public internal(set) var refusingAddress: String?
    /// An address where connecting hangs; `nil` for none.
    public internal(set) var hangingAddress: String?
    /// Prompts that models may know the answer to; to all others they write filler.
    public internal(set) var answers: [KnownAnswer] = []
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
        Field("refusing_address", \.refusingAddress, optional: .address, "Socket that refuses connections."),
        Field("hanging_address", \.hangingAddress, optional: .address, "Socket at which connecting hangs."),
        Field(
            "answers",
            \.answers,
            .list(of: .section, count: 0...10_000),
            "Prompts with the answers that models know by their skill; to others they write filler."
        ),
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
        Field("faults", \.faults, .list(of: .section, count: 0...100), "Further faults and their shares."),
        Field(
            "script",
            \.script,
            optional: .faultSequence,
            "What happens to its first requests, such as 503*2, cut:3."
        ),
        Field("skill", \.skill, .number(in: 0...1), "Share of the prompts among answers that it answers so."),
    ]

    func check(at place: Place, into report: inout Report) {
        if faults.reduce(errorRate + cutRate + stallRate, { $0 + $1.rate }) > 1 {
            report.error(
                at: place,
                "error_rate, cut_rate, stall_rate and the rates of faults sum to more than 1",
                fix: "lower one"
            )
        }
    }
}

extension SimulationSettings.KnownAnswer: Section {
    static let fields: [Field<Self>] = [
        Field("prompt", \.prompt, .text, required: true, "The prompt, letter by letter."),
        Field("text", \.text, .text, required: true, "What to say to it."),
    ]
}

extension SimulationSettings.FaultRate: Section {
    static let fields: [Field<Self>] = [
        Field("fault", \.fault, .fault, required: true, "What goes wrong, such as cut:3."),
        Field("rate", \.rate, .number(in: 0...1), required: true, "Share of the requests."),
    ]
}

extension SimulationSettings.Spread: Section {
    static let fields: [Field<Self>] = [
        Field("mean", \.mean, .number(in: 0...600_000), "Mean, milliseconds."),
        Field("deviation", \.deviation, .number(in: 0...600_000), "Standard deviation, milliseconds."),
        Field("shape", \.shape, .choice, "normal, or lognormal: longer above the mean than below."),
        Field("tail_rate", \.tailRate, .number(in: 0...1), "Share of requests in a Pareto tail from the mean on."),
        Field("tail_exponent", \.tailExponent, .number(in: 0.5...10), "The tail's exponent: smaller is heavier."),
    ]
}

extension SimulationSettings.Length: Section {
    static let fields: [Field<Self>] = [
        Field("mean", \.mean, .number(in: 1...1_000_000), "Tokens on average."),
        Field("max", \.max, .integer(in: 1...1_000_000), "Tokens at most."),
    ]
}
