public import Domain

extension Settings {
    /// How much of a scope's requests is taken on at a time; each limit `nil` for none.
    public struct RateLimitEntry: Hashable, Sendable {
        /// Whose requests count.
        public internal(set) var scope = BudgetScope.everyone
        /// As in ``BudgetEntry/of``.
        public internal(set) var of: String?
        /// Requests in a minute.
        public internal(set) var requestsPerMinute: Int?
        /// Prompt and generated tokens in a minute.
        public internal(set) var tokensPerMinute: Int?
        /// Requests under way at once.
        public internal(set) var concurrencyMax: Int?
    }
}

extension Settings.RateLimitEntry: Section {
    static let fields: [Field<Self>] = [
        Field("scope", \.scope, .choice, "Whose requests count."),
        Field("of", \.of, optional: .tag, "Which organisation, team, key or model, or which tag as name=value."),
        Field(
            "requests_per_minute",
            \.requestsPerMinute,
            optional: .integer(in: 1...1_000_000_000),
            "Requests in a minute; 429 beyond, or for a model the next one."
        ),
        Field(
            "tokens_per_minute",
            \.tokensPerMinute,
            optional: .integer(in: 1...1_000_000_000_000),
            "Prompt and generated tokens in a minute; likewise."
        ),
        Field(
            "concurrency_max",
            \.concurrencyMax,
            optional: .integer(in: 1...1_000_000),
            "Requests under way at once; likewise."
        ),
    ]

    func check(at place: Place, into report: inout Report) {
        Settings.checkScope(scope, of, .minute, false, at: place, into: &report)
        if requestsPerMinute == nil, tokensPerMinute == nil, concurrencyMax == nil {
            report.error(
                at: place,
                "limits nothing",
                fix: "give requests_per_minute, tokens_per_minute or concurrency_max"
            )
        }
    }

    /// The limit in the words of the trade.
    public var rateLimit: RateLimit {
        RateLimit(
            scope: Budget.Scope(scope, of),
            requestsPerMinute: requestsPerMinute.map(Int64.init),
            tokensPerMinute: tokensPerMinute.map(Int64.init),
            concurrency: concurrencyMax
        )
    }
}
