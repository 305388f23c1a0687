/// One fault of the matrix: how it is brought about, and what a client can be given in spite of it.
struct ChaosFault: Sendable {
    /// Where it happens.
    enum Place: Sendable {
        /// In the simulated backend, by a word of `SimulatedFault`.
        case script
        /// At an address where no connection is made.
        case address(Address)
    }

    /// An address at which connecting fails.
    enum Address: String, Sendable {
        /// The port is closed.
        case refused = "connect_refused"
        /// Nothing answers.
        case hanging = "connect_hangs"
        /// The name does not resolve.
        case unknownHost = "dns_failure"
        /// What answers does not speak TLS.
        case noTLS = "tls_failure"
    }

    /// What a client can be given.
    enum Effect: Sendable {
        /// The right answer: it is no fault, or one that does not matter.
        case harmless
        /// The refusal itself, with this status and code: it is the client's to mend.
        case told(status: Int, code: String?)
        /// The answer as far as it goes, with the finish reason `content_filter`.
        case filtered
        /// Another model's answer, or else an error.
        case failure
        /// The same, but in a stream the client has seen a part by then: an error event.
        case failureAfterContent
    }

    /// Its word in a script, or its name.
    let name: String
    let place: Place
    let effect: Effect
    /// Whether the same model may do better within the gateway's patience.
    let isCurable: Bool
    /// The statuses that a client may be shown where there is no other model.
    let statuses: Set<Int>

    private init(
        _ name: String,
        _ effect: Effect,
        curable: Bool = true,
        statuses: Set<Int> = [502, 503, 504],
        place: Place = .script
    ) {
        self.name = name
        self.effect = effect
        isCurable = curable
        self.statuses = statuses
        self.place = place
    }

    private init(_ address: Address) {
        self.init(address.rawValue, .failure, curable: false, place: .address(address))
    }

    /// The faults that a gateway must survive, in the order of an attempt's life.
    static let all: [ChaosFault] = [
        ChaosFault("ok", .harmless),
        ChaosFault(.refused), ChaosFault(.hanging), ChaosFault(.unknownHost), ChaosFault(.noTLS),
        ChaosFault("500", .failure), ChaosFault("502", .failure), ChaosFault("503", .failure),
        ChaosFault("503:seconds=1", .failure), ChaosFault("529", .failure), ChaosFault("408", .failure),
        ChaosFault("409", .failure),
        ChaosFault("429", .failure, statuses: [429]), ChaosFault("429:seconds=1", .failure, statuses: [429]),
        ChaosFault("429:date=2", .failure, statuses: [429]), ChaosFault("429:ms=300", .failure, statuses: [429]),
        ChaosFault("429:seconds=60", .failure, curable: false, statuses: [429]),
        ChaosFault("400", .told(status: 400, code: nil)),
        ChaosFault("401", .failure, curable: false), ChaosFault("404", .failure, curable: false),
        ChaosFault("context_exceeded", .failure, curable: false, statuses: [400]),
        ChaosFault("content_refused", .told(status: 400, code: "content_policy_violation")),
        ChaosFault("hang_up", .failure), ChaosFault("silence", .failure), ChaosFault("delay:300", .harmless),
        ChaosFault("wrong_content_type", .failure),
        ChaosFault("cut:0", .failure), ChaosFault("stall:0", .failure), ChaosFault("malformed:0", .failure),
        ChaosFault("error_event:0", .failure, statuses: [429, 502]),
        ChaosFault("cut:3", .failureAfterContent), ChaosFault("stall:3", .failureAfterContent),
        ChaosFault("malformed:3", .failureAfterContent),
        ChaosFault("error_event:3", .failureAfterContent, statuses: [429, 502]),
        ChaosFault("truncated", .failureAfterContent), ChaosFault("endless", .failureAfterContent),
        ChaosFault("drip:1", .harmless), ChaosFault("content_filter:3", .filtered),
        ChaosFault("no_done", .harmless), ChaosFault("after_done", .harmless),
        ChaosFault("usage_missing", .harmless), ChaosFault("usage_wrong", .harmless),
    ]
}
