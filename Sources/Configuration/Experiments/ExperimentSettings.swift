/// What one experiment of `switchyard plan` is about: which hours, who asks, what serves, and who decides.
public struct ExperimentSettings: Hashable, Sendable {
    /// Decides all chance.
    public internal(set) var seed: UInt64 = 0
    /// The quality of responses to keep, 0 to 1.
    public internal(set) var qualityTarget = 0.5
    /// What may be spent instead, in the unit of the metric; `nil` for a target.
    public internal(set) var budget: Double?
    /// What is spent: `carbon`, `energy` or `money`.
    public internal(set) var metric = "carbon"
    /// Hours of every rolling window in which the quality is kept.
    public internal(set) var validityHours = 24
    /// The zone of the grid.
    public internal(set) var region = "US-CAL-CISO"
    /// The year of the grid's file.
    public internal(set) var year = 2023
    /// The first hour, such as `2022-08-12T00:00:00Z`; `nil` for the first that the grid's file has.
    public internal(set) var start: String?
    /// How many hours; `nil` for all that the grid's file has.
    public internal(set) var hours: Int?
    /// A file of requests in ``requestsFolder``, without its ending, or the name of made-up demand such as `static_e6`.
    public internal(set) var requestsDataset = "static_e6"
    /// The mean of the requests an hour, to which a file's are scaled; `nil` leaves them as they are.
    public internal(set) var requestsMean: Double?
    /// Where files of requests are.
    public internal(set) var requestsFolder = "Config/plan/data/demand"
    /// The column of the requests in their file; `nil` finds it.
    public internal(set) var requestsColumn: String?
    /// Where clocks show the times of the requests, such as `Europe/Berlin`; `nil` if they are UTC or say their offset.
    public internal(set) var requestsTimeZone: String?
    /// Where Electricity Maps' files are: `{REGION}_{YEAR}_hourly.csv`.
    public internal(set) var carbonFolder = "Config/plan/data/carbon"
    /// A file of energy prices in US dollars per MWh; `nil` for none.
    public internal(set) var energyPrices: String?
    /// Who asks.
    public internal(set) var userGroups = UserGroupSettings()
    /// What serves.
    public internal(set) var fleet = FleetSettings()
    /// Who decides.
    public internal(set) var optimizer = OptimizerSettings()
    /// Where results are kept; a result that is there is not computed again.
    public internal(set) var resultFolder = "runs/plan"

    /// The defaults.
    public init() {}

    /// The first hour in seconds since 1970; `nil` for the first that the grid's file has.
    public var startUnixSeconds: Int64? { start.flatMap(Settings.unixMilliseconds).map { $0 / 1000 } }

    /// The settings as YAML, but for where results are kept: two that have the same are the same experiment.
    public var yaml: String {
        var settings = self
        settings.resultFolder = Self().resultFolder
        return settings.tree.yaml
    }
}

/// Groups of users.
public struct UserGroupSettings: Hashable, Sendable {
    /// One group.
    public struct Group: Hashable, Sendable {
        /// Its name.
        public internal(set) var name = ""
        /// Its share of all requests.
        public internal(set) var weight = 1.0
        /// The mean quality at which its quality of responses is 0.
        public internal(set) var qualityLow = 0.0
        /// The mean quality at which its quality of responses is 1.
        public internal(set) var qualityHigh = 1.0
        /// The share of each tier, from the worst, at which its quality of responses is 0; empty for mean qualities.
        public internal(set) var shareLow: [Double] = []
        /// The shares at which it is 1.
        public internal(set) var shareHigh: [Double] = []

        init() {}
    }

    /// How many of a hundred requests are premium, the others best effort; `nil` where groups are listed.
    public internal(set) var premiumPercent: Double? = 0
    /// The groups, where they are listed.
    public internal(set) var groups: [Group] = []

    init() {}
}

/// A fleet by its name or by its parts.
public struct FleetSettings: Hashable, Sendable {
    /// A tier.
    public struct Tier: Hashable, Sendable {
        /// Its name.
        public internal(set) var name = ""
        /// What a request counts, 0 to 1.
        public internal(set) var quality = 0.0
        /// The zone of the grid that it is served on; `nil` for the experiment's.
        public internal(set) var region: String?
        /// kWh of a request where it can be bought; `nil` where it can't.
        public internal(set) var kilowattHoursPerRequest: Double?
        /// Embodied grams of a bought request.
        public internal(set) var embodiedGramsPerRequest = 0.0
        /// US dollars of a bought request.
        public internal(set) var dollarsPerRequest = 0.0

        init() {}
    }

    /// A machine type.
    public struct Machine: Hashable, Sendable {
        /// Its name.
        public internal(set) var name = ""
        /// Requests an hour for each tier, from the worst.
        public internal(set) var requestsPerHour: [Double] = []
        /// kW for each tier, at full load.
        public internal(set) var kilowatts: [Double] = []
        /// Embodied grams of CO2e an hour.
        public internal(set) var embodiedGramsPerHour = 0.0
        /// US dollars an hour.
        public internal(set) var dollarsPerHour = 0.0
        /// How many there are; `nil` for any number.
        public internal(set) var countMax: Int?
        /// kWh that switching one on takes.
        public internal(set) var startKilowattHours = 0.0
        /// Grams of CO2e that switching one on takes besides its energy.
        public internal(set) var startGrams = 0.0
        /// US dollars that switching one on takes besides its energy.
        public internal(set) var startDollars = 0.0

        init() {}
    }

    /// `paper`, `mle` or `five_tiers`; `nil` where tiers and machines are listed.
    public internal(set) var preset: String?
    /// What the building draws for each kWh of a machine; `nil` leaves a preset's.
    public internal(set) var powerUsageEffectiveness: Double?
    /// The tiers, from the worst.
    public internal(set) var tiers: [Tier] = []
    /// The machine types.
    public internal(set) var machines: [Machine] = []

    init() {}
}

/// How it is decided.
public struct OptimizerSettings: Hashable, Sendable {
    /// The strategies.
    public enum Name: String, CaseIterable, Hashable, Sendable {
        /// All hours at once.
        case full = "qt"
        /// Hour by hour, over a horizon that rolls.
        case online = "qt_online"
        /// A budget spread over the hours.
        case greedy
        /// The same quality in every hour.
        case constantMix = "constant_mix"
        /// Everything at the best tier.
        case allBest = "all_best"
        /// Everything at the worst tier.
        case allLowest = "all_lowest"
        /// Hour by hour, from true values.
        case oracle
        /// GLPK's branch and cut on the original's program: for few hours.
        case reference
    }

    /// How a budget is spread.
    public enum Mode: String, CaseIterable, Hashable, Sendable {
        /// All hours get the same.
        case constant
        /// By requests times intensity.
        case weighted
    }

    /// How hours to come are forecast.
    public enum Forecast: String, CaseIterable, Hashable, Sendable {
        /// By several methods, weighted by how far each was off lately.
        case combined
        /// The same, but the grid's first four days are the truth with errors as large as CarbonCast's.
        case carbonCast = "carboncast"
        /// The week before for requests, the day before for the grid.
        case naive
    }

    /// The strategy.
    public internal(set) var name = Name.full
    /// How far from its bound a plan is good enough.
    public internal(set) var gap = 0.0
    /// Seconds that a plan may take.
    public internal(set) var timeLimit = 3600.0
    /// Whether parts of machines can be switched on.
    public internal(set) var relax = false
    /// Trades between hours that are tried for each hour; `nil` lets the horizon decide.
    public internal(set) var trades: Int?
    /// Hours that are planned ahead.
    public internal(set) var horizon = 168
    /// Whether forecasts are the truth.
    public internal(set) var oracle = false
    /// How hours to come are forecast.
    public internal(set) var forecast = Forecast.combined
    /// Hours of an outage that breaks next to no window; `nil` goes by the windows' length.
    public internal(set) var insuredHours: Int?
    /// Hours between forecasts.
    public internal(set) var refreshHours = 24
    /// How a budget is spread.
    public internal(set) var mode = Mode.weighted

    init() {}
}
