public import Domain

extension Settings {
    /// How much of which tier is wanted, hour by hour: the planner, and what it is asked for.
    public struct Planner: Hashable, Sendable {
        /// What becomes of plans.
        public enum Mode: String, CaseIterable, Hashable, Sendable {
            /// None are made.
            case off
            /// They are made and shown, and nobody is held to them.
            case advise
            /// Requests whose model the gateway chooses are held to them.
            case enforce
        }

        /// What a plan spends as little of as it can.
        public enum Metric: String, CaseIterable, Hashable, Sendable {
            /// Grams of CO2e.
            case carbon
            /// kWh.
            case energy
            /// US dollars.
            case money
        }

        /// What becomes of plans.
        public internal(set) var mode = Mode.advise
        /// What is spent as little of as can be.
        public internal(set) var metric = Metric.carbon
        /// The quality of responses to keep in every window: 0 is a group's lowest, 1 its highest.
        public internal(set) var target = 0.5
        /// What a day may take of the metric, for the best quality that pays; `nil` where the target says it.
        public internal(set) var budgetPerDay: Double?
        /// The hours of every rolling window in which the target is kept.
        public internal(set) var validityHours = 24
        /// The hours that are planned, and a window's at least.
        public internal(set) var horizonHours = 168
        /// The days of history that forecasts are made from.
        public internal(set) var historyDays = 56
        /// Seconds between two plans.
        public internal(set) var intervalSeconds = 900.0
        /// Seconds between two looks at how things go.
        public internal(set) var checkSeconds = 60.0
        /// The share by which demand or the grid may depart from what was foreseen before a new plan is made.
        public internal(set) var departure = 0.25
        /// A new plan that changes no share of the hour at hand by more leaves it as it is.
        public internal(set) var hysteresis = 0.02
        /// The zone that models without one are planned on; `nil` for one figure in all hours.
        public internal(set) var zone: String?
        /// Whose requests are planned together; the first that fits a request is its group.
        public internal(set) var groups: [PlannerGroup] = []
        /// What tiers count; the mean quality of their models where one is left out.
        public internal(set) var tiers: [PlannerTier] = []

        /// How many hours are planned: a plan that is shorter than a window can't keep its promise.
        public var plannedHours: Int { max(horizonHours, validityHours) }

        /// The defaults.
        init() {}
    }

    /// Requests that are promised a quality together.
    public struct PlannerGroup: Hashable, Sendable {
        /// Its name.
        public internal(set) var id = ""
        /// Whose requests it has.
        public internal(set) var scope = BudgetScope.everyone
        /// As in ``BudgetEntry/of``.
        public internal(set) var of: String?
        /// Requests of a lower priority are not of it; `nil` takes any.
        public internal(set) var priorityMin: Int?
        /// Whether plans count it at the best tier and hold none of its requests to anything.
        public internal(set) var isExempt = false
        /// The mean quality that its quality of responses calls 0; `nil` for that of the lowest tier.
        public internal(set) var qualityLow: Double?
        /// The mean quality that it calls 1; `nil` for that of the best tier.
        public internal(set) var qualityHigh: Double?
    }

    /// What a tier counts.
    public struct PlannerTier: Hashable, Sendable {
        /// The tier of the models.
        public internal(set) var id = Tier.light
        /// What a request that it serves counts, 0 to 1.
        public internal(set) var quality = 0.0
    }
}

extension Settings.Planner: Section {
    static let fields: [Field<Self>] = [
        Field("mode", \.mode, .choice, "off; advise makes and shows plans; enforce holds automatic choices to them."),
        Field("metric", \.metric, .choice, "What is spent as little of as can be: carbon, energy or money."),
        Field(
            "target",
            \.target,
            .number(in: 0...1),
            "Quality of responses to keep in every window, from 0, all at the lowest tier, to 1, all at the best."
        ),
        Field(
            "budget_per_day",
            \.budgetPerDay,
            optional: .number(in: 0...1e12),
            "What a day may take: g CO2e, kWh or USD; then the best quality that pays is sought, whatever the target."
        ),
        Field("validity_hours", \.validityHours, .integer(in: 1...744), "Hours of every rolling window that keeps it."),
        Field("horizon_hours", \.horizonHours, .integer(in: 24...744), "Hours that are planned; a window's at least."),
        Field("history_days", \.historyDays, .integer(in: 1...730), "Days of history that forecasts are made from."),
        Field("interval_seconds", \.intervalSeconds, .number(in: 1...86_400), "Seconds between two plans."),
        Field("check_seconds", \.checkSeconds, .number(in: 1...3600), "Seconds between two looks at how things go."),
        Field(
            "departure",
            \.departure,
            .number(in: 0.01...100),
            "Share by which demand or the grid may depart from what was foreseen before a new plan is made."
        ),
        Field(
            "hysteresis",
            \.hysteresis,
            .number(in: 0...1),
            "A new plan that changes no share of the hour at hand by more leaves that hour as it is."
        ),
        Field(
            "zone",
            \.zone,
            optional: .name,
            "Zone of the grid that models without one are planned on; absent for one figure in all hours."
        ),
        Field(
            "groups",
            \.groups,
            .list(of: .section, count: 0...8),
            "Whose requests are promised a quality together; a request is of the first that fits, else of `default`."
        ),
        Field(
            "tiers",
            \.tiers,
            .list(of: .section, count: 0...8),
            "What tiers count, 0 to 1; one that is left out counts the mean quality of its models."
        ),
    ]

    func check(at place: Place, into report: inout Report) {
        report.refuseRepetition(in: groups.map(\.id)) { place["groups"][$0]["id"] }
        report.refuseRepetition(in: tiers.map(\.id.rawValue)) { place["tiers"][$0]["id"] }
        for (index, group) in groups.enumerated() where group.id == Settings.PlannerGroup.defaultID {
            report.error(at: place["groups"][index]["id"], "`default` is what all others are of", fix: "rename it")
        }
    }
}

extension Settings.PlannerGroup: Section {
    /// The group of requests that no other one fits.
    public static let defaultID = "default"

    static let fields: [Field<Self>] = [
        Field("id", \.id, .name, required: true, "Name of the group in plans, metrics and the ledger."),
        Field("scope", \.scope, .choice, "Whose requests it has."),
        Field("of", \.of, optional: .tag, "Which organisation, team or key, or which tag as name=value."),
        Field(
            "priority_min",
            \.priorityMin,
            optional: .integer(in: -100...100),
            "Requests of a lower priority are not of it."
        ),
        Field("exempt", \.isExempt, .flag, "Whether none of its requests is held to plans, which count the best tier."),
        Field("quality_low", \.qualityLow, optional: .number(in: 0...1), "Mean quality that counts 0."),
        Field("quality_high", \.qualityHigh, optional: .number(in: 0...1), "Mean quality that counts 1."),
    ]

    func check(at place: Place, into report: inout Report) {
        Settings.checkScope(scope, of, .hour, false, at: place, into: &report)
        if scope == .model {
            report.error(
                at: place["scope"],
                "plans are what models are chosen by",
                fix: "choose organisation, team, key or tag"
            )
        }
        if let qualityLow, let qualityHigh, qualityLow > qualityHigh {
            report.error(at: place["quality_low"], "is above quality_high", fix: "lower it")
        }
    }

    /// Whose requests it has, in the words of the trade.
    public var budgetScope: Budget.Scope { Budget.Scope(scope, of) }
}

extension Settings.PlannerTier: Section {
    static let fields: [Field<Self>] = [
        Field("id", \.id, .tier, required: true, "The tier, as models name it."),
        Field("quality", \.quality, .number(in: 0...1), required: true, "What a request that it serves counts."),
    ]
}
