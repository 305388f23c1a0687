public import Domain

extension Settings {
    /// Whose requests count against a budget.
    public enum BudgetScope: String, CaseIterable, Hashable, Sendable {
        /// Everybody's.
        case everyone
        /// An organisation's.
        case organisation
        /// A team's.
        case team
        /// A key's.
        case key
        /// Those with a tag.
        case tag
        /// Attempts at a model.
        case model
    }

    /// Over what time a budget counts.
    public enum BudgetWindow: String, CaseIterable, Hashable, Sendable {
        /// Each request for itself.
        case request
        /// A minute.
        case minute
        /// An hour.
        case hour
        /// A day.
        case day
        /// A month; 30 days where it rolls.
        case month
    }

    /// A cap on what requests may take.
    public struct BudgetEntry: Hashable, Sendable {
        /// Its name, unique among budgets.
        public internal(set) var id = ""
        /// Whose requests count.
        public internal(set) var scope = BudgetScope.everyone
        /// The name of the organisation, team, key or model, or the tag as `name=value`; `nil` for everyone's.
        public internal(set) var of: String?
        /// What is counted.
        public internal(set) var measure = Budget.Measure.cost
        /// How much is allowed: dollars, tokens, grams or joules.
        public internal(set) var cap = 0.0
        /// Over what time.
        public internal(set) var window = BudgetWindow.day
        /// Whether the window is the time up to now, rather than the calendar's.
        public internal(set) var isRolling = false
        /// Whether requests are steered so that the budget lasts its window.
        public internal(set) var isPaced = true
    }

    /// A share of requests that must be answered in time.
    public struct LatencyBudgetEntry: Hashable, Sendable {
        /// Its name, unique among budgets.
        public internal(set) var id = ""
        /// Whose requests count.
        public internal(set) var scope = BudgetScope.everyone
        /// As in ``BudgetEntry/of``.
        public internal(set) var of: String?
        /// Milliseconds that an answer may take.
        public internal(set) var limitMilliseconds = 1000.0
        /// The share of answers that must keep the limit, 0 to 1.
        public internal(set) var share = 0.95
        /// Over what time.
        public internal(set) var window = BudgetWindow.hour
        /// Whether the window is the time up to now, rather than the calendar's.
        public internal(set) var isRolling = false
    }
}

extension Settings.BudgetEntry: Section {
    static let fields: [Field<Self>] = [
        Field("id", \.id, .name, required: true, "Name of the budget in headers, metrics and reports."),
        Field("scope", \.scope, .choice, "Whose requests count."),
        Field("of", \.of, optional: .tag, "Which organisation, team, key or model, or which tag as name=value."),
        Field("measure", \.measure, .choice, required: true, "What is counted: usd, tokens, joules or gco2e (grams)."),
        Field("cap", \.cap, .number(in: 0...1_000_000_000_000), required: true, "How much is allowed, in that unit."),
        Field("window", \.window, .choice, required: true, "Over what time; the calendar's windows are those of UTC."),
        Field("rolling", \.isRolling, .flag, "Whether the window is the time up to now, rather than the calendar's."),
        Field("paced", \.isPaced, .flag, "Whether requests are steered so that the budget lasts its window."),
    ]

    func check(at place: Place, into report: inout Report) {
        Settings.checkScope(scope, of, window, isRolling, at: place, into: &report)
        let units = cap * measure.unitsPerWhole
        if units > 9e18 {
            report.error(at: place["cap"], "\(cap) \(measure.rawValue) is more than can be counted", fix: "lower it")
        } else if units != units.rounded(), measure == .tokens {
            report.error(at: place["cap"], "\(cap) is not a whole number of tokens", fix: "round it")
        }
    }

    /// The budget in the words of the trade.
    public var budget: Budget {
        Budget(
            id: id,
            scope: Budget.Scope(scope, of),
            measure: measure,
            cap: Int64((cap * measure.unitsPerWhole).rounded()),
            window: Budget.Window(window, isRolling: isRolling),
            isPaced: isPaced
        )
    }
}

extension Settings.LatencyBudgetEntry: Section {
    static let fields: [Field<Self>] = [
        Field("id", \.id, .name, required: true, "Name of the budget in headers, metrics and reports."),
        Field("scope", \.scope, .choice, "Whose requests count."),
        Field("of", \.of, optional: .tag, "Which organisation, team, key or model, or which tag as name=value."),
        Field(
            "limit_ms",
            \.limitMilliseconds,
            .number(in: 1...86_400_000),
            required: true,
            "Milliseconds that an answer may take."
        ),
        Field("share", \.share, .number(in: 0.01...0.9999), required: true, "Share of answers that must keep it."),
        Field("window", \.window, .choice, required: true, "Over what time; the calendar's windows are those of UTC."),
        Field("rolling", \.isRolling, .flag, "Whether the window is the time up to now, rather than the calendar's."),
    ]

    func check(at place: Place, into report: inout Report) {
        Settings.checkScope(scope, of, window, isRolling, at: place, into: &report)
        if window == .request {
            report.error(at: place["window"], "a share needs more than one request", fix: "choose a longer window")
        }
    }

    /// The budget in the words of the trade.
    public var budget: LatencyBudget {
        LatencyBudget(
            id: id,
            scope: Budget.Scope(scope, of),
            limit: .microseconds(Int64((limitMilliseconds * 1000).rounded())),
            share: share,
            window: Budget.Window(window, isRolling: isRolling)
        )
    }
}

extension Settings {
    static func checkScope(
        _ scope: BudgetScope,
        _ name: String?,
        _ window: BudgetWindow,
        _ isRolling: Bool,
        at place: Place,
        into report: inout Report
    ) {
        if scope == .everyone, let name {
            report.error(at: place["of"], "`\(name)` says whose, and `scope` is everyone", fix: "set `scope`")
        } else if scope != .everyone, name == nil {
            report.error(at: place["scope"], "needs `of` beside it", fix: "say which \(scope.rawValue)")
        }
        if isRolling, window == .request {
            report.error(at: place["rolling"], "a window of one request does not roll", fix: "remove it")
        }
    }

    /// What budgets are for must be there; models are checked where the registry is known.
    func checkBudgets(at place: Place, into report: inout Report) {
        let names = budgets.map(\.id) + latencyBudgets.map(\.id)
        report.refuseRepetition(in: names) { index in
            index < budgets.count
                ? place["budgets"][index]["id"] : place["latency_budgets"][index - budgets.count]["id"]
        }
        for (scope, name, place) in scopes(at: place) {
            switch scope {
            case .organisation: report.check(name, isOneOf: knownOrganisations, "an organisation", at: place)
            case .team: report.check(name, isOneOf: teams.map(\.id), "a team", at: place)
            case .key: report.check(name, isOneOf: keys.map(\.id), "a key", at: place)
            case .everyone, .tag, .model: break
            }
        }
    }

    /// The scopes of all budgets and rate limits that have a name, and where that stands.
    func scopes(at place: Place) -> [(scope: BudgetScope, name: String, place: Place)] {
        let ordinary = budgets.enumerated().map { ($1.scope, $1.of, place["budgets"][$0]["of"]) }
        let latency = latencyBudgets.enumerated().map { ($1.scope, $1.of, place["latency_budgets"][$0]["of"]) }
        let rates = rateLimits.enumerated().map { ($1.scope, $1.of, place["rate_limits"][$0]["of"]) }
        return (ordinary + latency + rates).compactMap { scope, name, place in name.map { (scope, $0, place) } }
    }

    /// The organisations that are set up, or else those that keys and teams name.
    private var knownOrganisations: [String] {
        organisations.isEmpty ? keys.map(\.organisation) + teams.map(\.organisation) : organisations.map(\.id)
    }
}

extension Budget.Scope {
    init(_ scope: Settings.BudgetScope, _ name: String?) {
        let name = name ?? ""
        self =
            switch scope {
            case .everyone: .everyone
            case .organisation: .organisation(TenantID(rawValue: name))
            case .team: .team(TeamID(rawValue: name))
            case .key: .key(KeyID(rawValue: name))
            case .tag: .tag(name)
            case .model: .model(ModelID(name))
            }
    }
}

extension Budget.Window {
    fileprivate init(_ window: Settings.BudgetWindow, isRolling: Bool) {
        let period: Budget.Period? =
            switch window {
            case .request: nil
            case .minute: .minute
            case .hour: .hour
            case .day: .day
            case .month: .month
            }
        self = period.map { isRolling ? .rolling($0) : .calendar($0) } ?? .request
    }
}
