/// The settings of one gateway process, checked: a value of this type holds nothing out of bounds.
///
/// What a file leaves out has the default that stands at the property; the shipped `Config/switchyard.yaml` shows every
/// key. Secrets are not here: settings name the environment variables that hold them.
public struct Settings: Hashable, Sendable {
    /// Which listener answers `GET /metrics`.
    public enum MetricsListener: String, CaseIterable, Hashable, Sendable {
        /// The API's.
        case api
        /// The administration's.
        case admin
        /// Both.
        case both
        /// None.
        case off
    }

    /// The listener for applications.
    public internal(set) var api = Listener(addresses: ["127.0.0.1:8080"])
    /// The listener for operators.
    public internal(set) var admin = Listener(addresses: ["127.0.0.1:8081"])
    /// The environment variable with the token that administration asks for.
    public internal(set) var adminTokenVariable = "SWITCHYARD_ADMIN_TOKEN"
    /// Administrators beside the one with that token.
    public internal(set) var administrators: [Administrator] = []
    /// Where `/metrics` is answered.
    public internal(set) var metrics = MetricsListener.api
    /// The organisations that are more than a name on a key.
    public internal(set) var organisations: [Organisation] = []
    /// The teams that keys may belong to.
    public internal(set) var teams: [Team] = []
    /// The clients' keys; none means that no key is asked for.
    public internal(set) var keys: [ClientKey] = []
    /// Whether a key is asked for even while there is none.
    public internal(set) var requireKeys = false
    /// The environment variable with the secret under which keys are hashed that administration makes.
    public internal(set) var keyPepperVariable = "SWITCHYARD_KEY_PEPPER"
    /// The environment variable with the pepper before that one; `nil` where there was none.
    public internal(set) var previousKeyPepperVariable: String?
    /// Caps on money, tokens, energy and carbon.
    public internal(set) var budgets: [BudgetEntry] = []
    /// Shares of requests that must be answered in time.
    public internal(set) var latencyBudgets: [LatencyBudgetEntry] = []
    /// How much of a scope's requests is taken on at a time.
    public internal(set) var rateLimits: [RateLimitEntry] = []
    /// Whether anyone on the network may use the API without a key.
    public internal(set) var allowAnonymous = false
    /// Event loops, each a thread; 0 for one per core.
    public internal(set) var loops = 0
    /// What clients may take up.
    public internal(set) var limits = Limits()
    /// How backends are reached.
    public internal(set) var upstream = Upstream()
    /// How models are chosen.
    public internal(set) var routing = Routing()
    /// Routers that have learned.
    public internal(set) var routers = [LearnedRouter.shipped]
    /// What turns prompts into vectors for them.
    public internal(set) var encoder = Encoder()
    /// How backends' health is judged.
    public internal(set) var health = Health()
    /// How energy and emissions are worked out.
    public internal(set) var carbon = Carbon()
    /// How much of which tier is wanted.
    public internal(set) var planner = Planner()
    /// The calendar, where it is simulated.
    public internal(set) var simulatedClock = SimulatedClock()
    /// The cache of whole answers.
    public internal(set) var cache = Cache()
    /// The folder for what the process writes; relative paths start where the process does.
    public internal(set) var stateDirectory = ".switchyard"
    /// The record of what was spent.
    public internal(set) var ledger = Ledger()
    /// The price list beside the registry.
    public internal(set) var prices = Prices()
    /// The log.
    public internal(set) var logging = Logging()
    /// Where traces go.
    public internal(set) var tracing = Tracing()

    /// The defaults.
    public init() {}

    /// Reads the text of a settings file; `file` is its name in errors.
    ///
    /// - Throws: ``ConfigurationErrors`` with all that is wrong.
    public init(yaml text: String, file: String) throws(ConfigurationErrors) {
        self = try Self.read(text, file: file).value
    }

    /// Where the ledger is: ``Ledger/url``, or else ``ledgerPath``.
    public var ledgerName: String { ledger.url ?? ledgerPath }

    /// The ledger's file: ``Ledger/path`` within ``stateDirectory``, unless it is absolute.
    public var ledgerPath: String { ledger.path.hasPrefix("/") ? ledger.path : "\(stateDirectory)/\(ledger.path)" }
}

extension Settings: Section {
    static let fields: [Field<Self>] = [
        Field("api", \.api, "The listener for applications."),
        Field("admin", \.admin, "The listener for operators."),
        Field(
            "admin_token_variable",
            \.adminTokenVariable,
            .variable,
            "Environment variable with the token that the admin listener asks for."
        ),
        Field(
            "administrators",
            \.administrators,
            .list(of: .section, count: 0...1000),
            "Administrators with tokens of their own; the audit says which one changed what."
        ),
        Field("metrics", \.metrics, .choice, "Which listener answers GET /metrics."),
        Field(
            "organisations",
            \.organisations,
            .list(of: .section, count: 0...10_000),
            "Who pays; with none, the names on keys are enough."
        ),
        Field(
            "teams",
            \.teams,
            .list(of: .section, count: 0...10_000),
            "Parts of organisations with budgets of their own."
        ),
        Field(
            "keys",
            \.keys,
            .list(of: .section, count: 0...10_000),
            "Clients that may use the API; with none, everyone may who can reach it."
        ),
        Field(
            "require_keys",
            \.requireKeys,
            .flag,
            "Whether a key is asked for even while there is none; administration can make some."
        ),
        Field(
            "key_pepper_variable",
            \.keyPepperVariable,
            .variable,
            "Environment variable with the secret under which keys made by administration are hashed."
        ),
        Field(
            "key_pepper_previous_variable",
            \.previousKeyPepperVariable,
            optional: .variable,
            "Environment variable with the pepper before: its keys are let in, and hashed anew as they are used."
        ),
        Field(
            "budgets",
            \.budgets,
            .list(of: .section, count: 0...10_000),
            "Caps on what requests may take, kept whatever happens at once."
        ),
        Field(
            "latency_budgets",
            \.latencyBudgets,
            .list(of: .section, count: 0...1000),
            "Shares of requests that must be answered in time."
        ),
        Field(
            "rate_limits",
            \.rateLimits,
            .list(of: .section, count: 0...10_000),
            "How much of a scope's requests is taken on at a time; keys have such limits of their own."
        ),
        Field(
            "allow_anonymous",
            \.allowAnonymous,
            .flag,
            "Whether the API may listen beyond this machine without any keys."
        ),
        Field("loops", \.loops, .integer(in: 0...1024), "Event loops, one thread each; 0 means one per core."),
        Field("limits", \.limits, "What one client may take up; beyond it the request is refused."),
        Field("upstream", \.upstream, "How backends are reached, and how long they may take."),
        Field("routing", \.routing, "How models are chosen."),
        Field(
            "routers",
            \.routers,
            .list(of: .section, count: 0...100),
            "Routers that tell what quality to expect of each model for a prompt, by name."
        ),
        Field(
            "encoder",
            \.encoder,
            "What turns prompts into vectors for them; they do with words where there is none."
        ),
        Field("health", \.health, "When a backend is left alone, and how soon it is given up."),
        Field(
            "carbon",
            \.carbon,
            "How the energy and the emissions of requests are worked out; see `energy:` of each model."
        ),
        Field("planner", \.planner, "How much of which tier is wanted, hour by hour; the router decides which."),
        Field(
            "simulated_clock",
            \.simulatedClock,
            "For replays alone: has the calendar run faster, and everything that goes by it; never in production."
        ),
        Field("cache", \.cache, "Exact cache of whole answers; a hit costs nothing."),
        Field("state_directory", \.stateDirectory, .text, "Folder for what the process writes."),
        Field("ledger", \.ledger, "The record of what every request cost."),
        Field("prices", \.prices, "A price list in a file of its own, checked before it is believed."),
        Field("logging", \.logging, "The log, on standard error."),
        Field("tracing", \.tracing, "Traces of requests, by OpenTelemetry's conventions; without prompts and answers."),
    ]

    func check(at place: Place, into report: inout Report) {
        checkAdministrators(at: place, into: &report)
        checkRouters(at: place, into: &report)
        checkTenancy(at: place, into: &report)
        checkBudgets(at: place, into: &report)
        if api.addresses.isEmpty {
            report.error(at: place["api"]["addresses"], "has 0 elements", fix: "give it 1 to 64")
        }
        let isOpen = !api.addresses.allSatisfy { ListenAddress($0)?.isLocal ?? true }
        if keys.isEmpty, !requireKeys, isOpen, !allowAnonymous {
            report.error(
                at: place["api"]["addresses"],
                "the API would be open to the network without keys",
                fix: "add `keys`, set `require_keys: true`, listen on 127.0.0.1, or set `allow_anonymous: true`"
            )
        }
        for address in admin.addresses where api.addresses.contains(address) && !address.hasSuffix(":0") {
            report.error(at: place["admin"]["addresses"], "\(address) is the API's as well", fix: "choose another port")
        }
    }
}
