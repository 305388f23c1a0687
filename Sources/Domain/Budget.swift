/// A cap on what the requests of a scope may take within a window of time.
///
/// At every moment what is spent and what is held for requests under way stay within ``cap`` together.
public struct Budget: Hashable, Sendable {
    /// What is counted, in integers of its smallest unit.
    public enum Measure: String, CaseIterable, Hashable, Sendable, Codable {
        /// Nanodollars.
        case cost = "usd"
        /// Prompt and generated tokens.
        case tokens
        /// Microjoules.
        case energy = "joules"
        /// Micrograms of CO2e.
        case carbon = "gco2e"

        /// How many of the smallest unit make one of the unit that the raw value names.
        public var unitsPerWhole: Double {
            switch self {
            case .cost: 1e9
            case .tokens: 1
            case .energy, .carbon: 1e6
            }
        }
    }

    /// Whose requests count.
    public enum Scope: Hashable, Sendable {
        /// Everybody's.
        case everyone
        /// Those of an organisation's keys.
        case organisation(TenantID)
        /// Those of a team's keys.
        case team(TeamID)
        /// Those of one key.
        case key(KeyID)
        /// Those with this tag.
        case tag(String)
        /// Attempts at one model, whoever asks.
        case model(ModelID)
    }

    /// Over what time.
    public enum Window: Hashable, Sendable {
        /// Each request for itself.
        case request
        /// The calendar's current minute, hour, day or month, in UTC.
        case calendar(Period)
        /// The last minute, hour, day or 30 days up to now.
        case rolling(Period)
    }

    /// A length of time, as calendars have it.
    public enum Period: String, CaseIterable, Hashable, Sendable, Codable {
        case minute, hour, day, month
    }

    /// Its name, unique among budgets.
    public let id: String
    /// Whose requests count.
    public let scope: Scope
    /// What is counted.
    public let measure: Measure
    /// How much is allowed, in the measure's smallest unit.
    public let cap: Int64
    /// Over what time.
    public let window: Window
    /// Whether a shadow price steers requests so that the budget lasts its window.
    public let isPaced: Bool

    /// A budget with all its properties.
    public init(id: String, scope: Scope, measure: Measure, cap: Int64, window: Window, isPaced: Bool = true) {
        self.id = id
        self.scope = scope
        self.measure = measure
        self.cap = cap
        self.window = window
        self.isPaced = isPaced
    }
}
