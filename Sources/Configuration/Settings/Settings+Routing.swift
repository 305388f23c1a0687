public import Domain

extension Settings {
    /// How models are chosen.
    public struct Routing: Hashable, Sendable {
        /// What scores a prompt's complexity.
        public enum Complexity: String, CaseIterable, Hashable, Sendable {
            /// The documented lexical features.
            case lexical
            /// Length and eight key words, as the cost-aware router had it (S2-C01).
            case keyword
        }

        /// What to do when no model meets a request's constraints and the request does not say.
        public enum Unmet: String, CaseIterable, Hashable, Sendable {
            /// Refuse with the reason.
            case refuse
            /// Take the model that comes nearest, and say so.
            case relax
        }

        /// What to do when a model refuses the content.
        public enum ContentRefusal: String, CaseIterable, Hashable, Sendable {
            /// The client is told.
            case tell
            /// The next model is asked: another provider may see it otherwise.
            case nextModel = "next_model"
        }

        /// The strategy of `auto`; one of ``strategies``.
        public internal(set) var defaultStrategy = "balanced"
        /// Other models to try when the chosen one fails.
        public internal(set) var fallbacksMax = 3
        /// Attempts for one request, the first included.
        public internal(set) var attemptsMax = 4
        /// Samples of each model's latency and success that count.
        public internal(set) var windowSize = 1000
        /// How many samples the registry's prior is worth.
        public internal(set) var priorWeight = 10.0
        /// The share of `auto` requests that go to a model not preferred, so that its figures stay fresh.
        public internal(set) var exploration = 0.05
        /// What ``Domain/CarbonLevel`` the strategy `carbon_aware` comes to.
        public internal(set) var carbonLevel = CarbonLevel.balanced
        /// What scores complexity.
        public internal(set) var complexity = Complexity.lexical
        /// The router that has learned whose estimates count; `nil` goes by the registry's qualities.
        public internal(set) var router: String?
        /// Confidence of a router below which the safe tier is asked for.
        public internal(set) var confidenceMin = 0.0
        /// The least tier for a prompt that a router knows nothing of; `nil` for any.
        public internal(set) var safeTier: String?
        /// Judged answers that routers remember beyond what they were trained on; 0 for none.
        public internal(set) var feedbackRowsMax = 2000
        /// How much of an estimate one key's feedback may make up for other keys, 0 to 1.
        public internal(set) var feedbackKeyShareMax = 0.5
        /// Seconds between two looks for routers that were trained anew; 0 looks at a reload alone.
        public internal(set) var routersRefreshSeconds = 60.0
        /// When the strategy `cascade` asks a better model as well.
        public internal(set) var cascade = Cascade()
        /// What ``Utility`` takes quality to be worth.
        public internal(set) var utility = Utility()
        /// Whether complexity sets the quality that `auto` asks for.
        public internal(set) var requiredQualityFromComplexity = true
        /// The quality that `auto` asks for at least, 0 to 1.
        public internal(set) var requiredQualityDefault = 0.0
        /// What to do when constraints cannot be met.
        public internal(set) var unmet = Unmet.refuse
        /// The models that `auto` chooses from; empty for all.
        public internal(set) var autoModels: [String] = []
        /// Requests that wait for a slot, all models together.
        public internal(set) var queueMax = 1000
        /// Seconds that a request may wait for a slot.
        public internal(set) var queueSecondsMax = 10.0
        /// Tokens that an answer is expected to have when the request sets no limit.
        public internal(set) var expectedOutputTokens = 256
        /// Bytes of a prompt that are scored.
        public internal(set) var scoredBytesMax = 16_384
        /// Seconds that a request may wait before a model that failed is tried again.
        public internal(set) var retryWaitSecondsMax = 5.0
        /// Seconds that a model is left alone at most, however long its `retry-after` asks for.
        public internal(set) var coolDownSecondsMax = 60.0
        /// What to do when a model refuses the content.
        public internal(set) var contentRefusal = ContentRefusal.tell
        /// Whether a request is repeated that a backend may have worked on, and may charge for.
        public internal(set) var repeatsPaidWork = true
        /// When a request that is late is sent to a second model as well.
        public internal(set) var hedging = Hedging()
        /// Whether another model goes on with a stream that broke off.
        public internal(set) var resumesStreams = false
        /// The cache of decisions.
        public internal(set) var decisionCache = DecisionCache()
        /// The seed of random choices; `nil` draws one at the start.
        public internal(set) var seed: UInt64?

        /// The strategies, by the names that files and requests use.
        public static let strategies = [
            "balanced", "cost_optimized", "latency_optimized", "quality_optimized", "round_robin", "least_loaded",
            "random", "ensemble", "cascade", "utility", "carbon_aware", "carbon_aggressive", "carbon_balanced",
            "carbon_relaxed",
        ]

        /// The defaults.
        init() {}
    }

    /// The cache of routing decisions.
    public struct DecisionCache: Hashable, Sendable {
        /// Whether decisions are kept.
        public internal(set) var enabled = true
        /// Decisions kept; the least recently used goes first.
        public internal(set) var entriesMax = 1000
        /// Seconds that one is kept.
        public internal(set) var ttlSecondsMax = 300.0

        /// The defaults.
        init() {}
    }
}

extension Settings.Routing: Section {
    static let fields: [Field<Self>] = [
        Field(
            "default_strategy",
            \.defaultStrategy,
            .oneOf(strategies),
            "Strategy of `auto`: balanced weighs cost, latency and quality; ensemble lets three strategies vote."
        ),
        Field(
            "fallbacks_max",
            \.fallbacksMax,
            .integer(in: 0...32),
            "Other models to try when the chosen one fails."
        ),
        Field(
            "attempts_max",
            \.attemptsMax,
            .integer(in: 1...64),
            "Attempts for one request, the first included."
        ),
        Field(
            "window_size",
            \.windowSize,
            .integer(in: 1...1_000_000),
            "Latest samples of each model's latency and success that count."
        ),
        Field(
            "prior_weight",
            \.priorWeight,
            .number(in: 0...1_000_000),
            "How many samples the registry's prior is worth; 0 trusts the first sample alone."
        ),
        Field(
            "exploration",
            \.exploration,
            .number(in: 0...1),
            "Share of `auto` requests that go to a model not preferred, so that its figures stay fresh."
        ),
        Field(
            "carbon_level",
            \.carbonLevel,
            .choice,
            "How far carbon_aware goes: aggressive (emissions 50 % of the score, models to 34B), balanced or relaxed."
        ),
        Field(
            "complexity",
            \.complexity,
            .choice,
            "What scores a prompt: lexical features, or keyword (length and eight key words)."
        ),
        Field(
            "router",
            \.router,
            optional: .name,
            "Which of `routers` tells what quality to expect of each model, none for the registry's; absent takes the first."
        ),
        Field(
            "confidence_min",
            \.confidenceMin,
            .number(in: 0...1),
            "Confidence of the router below which safe_tier is asked for, as for prompts unlike all that it knows."
        ),
        Field(
            "safe_tier",
            \.safeTier,
            optional: .name,
            "Tier whose quality a prompt gets at least that the router is not sure of; absent for any."
        ),
        Field(
            "feedback_rows_max",
            \.feedbackRowsMax,
            .integer(in: 0...100_000),
            "Judged answers that correct routers until they are trained anew; 0 for none. Needs ledger.evidence."
        ),
        Field(
            "feedback_key_share_max",
            \.feedbackKeyShareMax,
            .number(in: 0...1),
            "Share of the way from an estimate to the scores that one key's feedback may move it for other keys; 1 for all."
        ),
        Field(
            "routers_refresh_seconds",
            \.routersRefreshSeconds,
            .number(in: 0...86_400),
            "Seconds between two looks for routers that were trained anew; 0 takes them at a reload."
        ),
        Field(
            "cascade",
            \.cascade,
            "When the strategy cascade, which asks the cheapest model, asks a better one as well."
        ),
        Field("utility", \.utility, "What money, emissions and time are worth to the strategy utility."),
        Field(
            "required_quality_from_complexity",
            \.requiredQualityFromComplexity,
            .flag,
            "Whether the score sets the quality that `auto` asks for."
        ),
        Field(
            "required_quality_default",
            \.requiredQualityDefault,
            .number(in: 0...1),
            "Quality that `auto` asks for at least."
        ),
        Field(
            "unmet",
            \.unmet,
            .choice,
            "When no model meets the constraints: refuse with the reason, or relax to the nearest and say so."
        ),
        Field(
            "auto_models",
            \.autoModels,
            .list(of: .name, count: 0...10_000),
            "Ids of the models that `auto` chooses from; empty for all."
        ),
        Field("queue_max", \.queueMax, .integer(in: 0...1_000_000), "Requests that wait for a slot; 503 beyond."),
        Field(
            "queue_seconds_max",
            \.queueSecondsMax,
            .number(in: 0...3600),
            "Seconds to wait for a slot; then 503."
        ),
        Field(
            "expected_output_tokens",
            \.expectedOutputTokens,
            .integer(in: 1...1_000_000),
            "Tokens an answer is expected to have when the request sets no limit."
        ),
        Field(
            "scored_bytes_max",
            \.scoredBytesMax,
            .integer(in: 256...1_048_576),
            "Bytes of a prompt that are scored; what follows is not looked at."
        ),
        Field(
            "retry_wait_seconds_max",
            \.retryWaitSecondsMax,
            .number(in: 0...600),
            "Seconds that a request may wait before a model that failed is tried again."
        ),
        Field(
            "cool_down_seconds_max",
            \.coolDownSecondsMax,
            .number(in: 0...3600),
            "Seconds that a model is left alone at most, however long its retry-after asks for."
        ),
        Field(
            "content_refusal",
            \.contentRefusal,
            .choice,
            "When a model refuses the content: tell the client, or ask the next_model."
        ),
        Field(
            "repeat_paid_work",
            \.repeatsPaidWork,
            .flag,
            "Whether a request is repeated that a backend may have worked on, and may charge for."
        ),
        Field(
            "hedging",
            \.hedging,
            "When a request that is late is sent to the next model as well; the first to answer counts."
        ),
        Field(
            "resume_streams",
            \.resumesStreams,
            .flag,
            "Whether a model with prefill goes on where a stream broke off; a comment in the stream tells of it."
        ),
        Field("decision_cache", \.decisionCache, "Decisions kept for requests that are alike in everything."),
        Field(
            "seed",
            \.seed,
            optional: .seed,
            "Seed of random choices, to repeat a run; absent draws one at the start."
        ),
    ]
}

extension Settings.DecisionCache: Section {
    static let fields: [Field<Self>] = [
        Field("enabled", \.enabled, .flag, "Whether decisions are kept; health and constraints are checked again."),
        Field(
            "entries_max",
            \.entriesMax,
            .integer(in: 1...10_000_000),
            "Decisions kept; the least recently used goes first."
        ),
        Field("ttl_seconds_max", \.ttlSecondsMax, .number(in: 0.01...86_400), "Seconds that a decision is kept."),
    ]
}
