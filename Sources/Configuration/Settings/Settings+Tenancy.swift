internal import Domain
import FoundationEssentials

extension Settings {
    /// An organisation: who pays for the keys that name it.
    public struct Organisation: Hashable, Sendable {
        /// Its name in the ledger and in budgets.
        public internal(set) var id = ""
        /// What people call it.
        public internal(set) var name: String?
        /// Whether all of its keys are refused.
        public internal(set) var isDisabled = false
    }

    /// A team within an organisation.
    public struct Team: Hashable, Sendable {
        /// Its name in the ledger and in budgets.
        public internal(set) var id = ""
        /// The organisation that it belongs to.
        public internal(set) var organisation = ""
        /// What people call it.
        public internal(set) var name: String?
    }

    /// A client's key.
    public struct ClientKey: Hashable, Sendable {
        /// The name by which the ledger and logs know it.
        public internal(set) var id = ""
        /// Who pays for it.
        public internal(set) var organisation = ""
        /// The team that it belongs to.
        public internal(set) var team: String?
        /// The environment variable that holds it.
        public internal(set) var secretVariable = ""
        /// Ids of the models that it may use; empty for all.
        public internal(set) var models: [String] = []
        /// Strategies that it may ask for; empty for all.
        public internal(set) var strategies: [String] = []
        /// The strategy of its `auto` requests; `nil` for the gateway's own default.
        public internal(set) var defaultStrategy: String?
        /// The router that scores its requests, or `none`; `nil` for the gateway's own.
        public internal(set) var router: String?
        /// Requests in a minute; `nil` for as many as it likes.
        public internal(set) var requestsPerMinute: Int?
        /// Prompt and generated tokens in a minute; `nil` for as many as it likes.
        public internal(set) var tokensPerMinute: Int?
        /// Requests under way at once; `nil` for as many as it likes.
        public internal(set) var concurrencyMax: Int?
        /// Tags that each of its requests gets, as `name=value`.
        public internal(set) var tags: [String] = []
        /// When it stops being let in, in RFC 3339; `nil` for never.
        public internal(set) var expires: String?
        /// Added to the priority of its requests.
        public internal(set) var priority = 0
        /// Its share among keys that wait for the same thing.
        public internal(set) var weight = 1.0
        /// Whether it is refused for now.
        public internal(set) var isDisabled = false
        /// Whatever its owner wants to remember.
        public internal(set) var note: String?
    }
}

extension Settings.Organisation: Section {
    static let fields: [Field<Self>] = [
        Field("id", \.id, .name, required: true, "Name of the organisation in the ledger and in budgets."),
        Field("name", \.name, optional: .text, "What people call it."),
        Field("disabled", \.isDisabled, .flag, "Whether all of its keys are refused."),
    ]
}

extension Settings.Team: Section {
    static let fields: [Field<Self>] = [
        Field("id", \.id, .name, required: true, "Name of the team in the ledger and in budgets."),
        Field("organisation", \.organisation, .name, required: true, "The organisation that it belongs to."),
        Field("name", \.name, optional: .text, "What people call it."),
    ]
}

extension Settings.ClientKey: Section {
    static let fields: [Field<Self>] = [
        Field("id", \.id, .name, required: true, "Name of the key in the ledger and logs."),
        Field("organisation", \.organisation, .name, required: true, "Who pays for it."),
        Field("team", \.team, optional: .name, "The team that it belongs to."),
        Field(
            "secret_variable",
            \.secretVariable,
            .variable,
            required: true,
            "Environment variable that holds the key."
        ),
        Field("models", \.models, .list(of: .name, count: 0...1000), "Ids of the models it may use; empty for all."),
        Field(
            "strategies",
            \.strategies,
            .list(of: .oneOf(Settings.Routing.strategies), count: 0...100),
            "Strategies it may ask for; empty for all."
        ),
        Field(
            "default_strategy",
            \.defaultStrategy,
            optional: .oneOf(Settings.Routing.strategies),
            "Strategy of its `auto` requests; absent for routing.default_strategy."
        ),
        Field(
            "router",
            \.router,
            optional: .name,
            "Which of `routers` scores its requests, or none; absent for routing.router."
        ),
        Field(
            "requests_per_minute",
            \.requestsPerMinute,
            optional: .integer(in: 1...1_000_000_000),
            "Requests in a minute; 429 beyond."
        ),
        Field(
            "tokens_per_minute",
            \.tokensPerMinute,
            optional: .integer(in: 1...1_000_000_000_000),
            "Prompt and generated tokens in a minute; 429 beyond."
        ),
        Field(
            "concurrency_max",
            \.concurrencyMax,
            optional: .integer(in: 1...1_000_000),
            "Requests under way at once; 429 beyond."
        ),
        Field("tags", \.tags, .list(of: .tag, count: 0...32), "Tags of each of its requests, as name=value."),
        Field("expires", \.expires, optional: .instant, "When it stops being let in, such as 2027-01-31T00:00:00Z."),
        Field("priority", \.priority, .integer(in: -100...100), "Added to the priority of its requests."),
        Field("weight", \.weight, .number(in: 0.001...1000), "Its share among keys that wait for the same thing."),
        Field("disabled", \.isDisabled, .flag, "Whether it is refused for now."),
        Field("note", \.note, optional: .text, "Whatever its owner wants to remember."),
    ]

    func check(at place: Place, into report: inout Report) {
        report.refuseRepetition(in: models) { place["models"][$0] }
        report.refuseRepetition(in: strategies) { place["strategies"][$0] }
        report.refuseRepetition(in: tags.map { Settings.tag($0).name }) { place["tags"][$0] }
        if let defaultStrategy, !strategies.isEmpty, !strategies.contains(defaultStrategy) {
            report.error(
                at: place["default_strategy"],
                "`\(defaultStrategy)` is not among the key's `strategies`",
                fix: "add it there, or choose one of \(strategies.joined(separator: ", "))"
            )
        }
    }
}

extension Settings {
    /// The name and the value of a tag written as `name=value`.
    static func tag(_ text: String) -> (name: String, value: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }

    /// The Unix millisecond of a time in RFC 3339; `nil` if it is none.
    static func unixMilliseconds(_ text: String) -> Int64? {
        let styles = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
        let date = styles.lazy.compactMap { try? $0.parse(text) }.first
        return date.map { Int64(($0.timeIntervalSince1970 * 1000).rounded()) }
    }

    /// The organisations, teams and keys must be there that others name.
    func checkTenancy(at place: Place, into report: inout Report) {
        report.refuseRepetition(in: organisations.map(\.id)) { place["organisations"][$0]["id"] }
        report.refuseRepetition(in: teams.map(\.id)) { place["teams"][$0]["id"] }
        report.refuseRepetition(in: keys.map(\.id)) { place["keys"][$0]["id"] }
        // With no organisation set up by itself, a name on a key is enough to make one.
        if !organisations.isEmpty {
            for (index, team) in teams.enumerated() {
                report.check(
                    team.organisation,
                    isOneOf: organisations.map(\.id),
                    "an organisation",
                    at: place["teams"][index]["organisation"]
                )
            }
            for (index, key) in keys.enumerated() {
                report.check(
                    key.organisation,
                    isOneOf: organisations.map(\.id),
                    "an organisation",
                    at: place["keys"][index]["organisation"]
                )
            }
        }
        for (index, key) in keys.enumerated() {
            guard let name = key.team else { continue }
            let place = place["keys"][index]["team"]
            report.check(name, isOneOf: teams.map(\.id), "a team", at: place)
            if let team = teams.first(where: { $0.id == name }), team.organisation != key.organisation {
                report.error(
                    at: place,
                    "team `\(name)` belongs to `\(team.organisation)`, not to `\(key.organisation)`",
                    fix: "choose a team of that organisation"
                )
            }
        }
    }
}

extension Report {
    /// Refuses a `name` that is not among `known`; an empty one was refused, and has been reported.
    mutating func check(_ name: String, isOneOf known: [String], _ noun: String, at place: Place) {
        guard !name.isEmpty, !known.contains(name) else { return }
        let nearest = nearestName(to: name, in: known).map { "did you mean `\($0)`?" }
        error(at: place, "`\(name)` is not the id of \(noun)", fix: nearest ?? "add it, or remove this")
    }
}
