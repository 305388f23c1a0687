public import Domain

/// What a key may do, and how the requests that it sends are treated.
public struct KeyPolicy: Hashable, Sendable {
    /// The only models that it may use, by their ids; `nil` for all.
    public var models: Set<ModelID>?
    /// The only strategies that it may ask for, by name; `nil` for all.
    public var strategies: Set<String>?
    /// How its `auto` requests are routed that ask for no strategy; `nil` for the gateway's own default.
    public var defaultStrategy: String?
    /// The router that scores its requests, or `none`; `nil` for the gateway's own.
    public var router: String?
    /// How fast it may ask.
    public var limits = KeyLimits()
    /// Tags that each of its requests gets; they win over those of the same name that a request brings.
    public var tags: [String: String] = [:]
    /// Added to the priority of its requests, -100 to 100.
    public var priority = 0
    /// Its share among keys that wait for the same thing, relative to 1.
    public var weight = 1.0

    /// A policy that allows everything.
    public init() {}

    /// Whether the key may use the model called `id`.
    public func allows(_ id: ModelID) -> Bool { models?.contains(id) ?? true }

    /// Whether the key may ask for `strategy`.
    public func allows(strategy: String) -> Bool { strategies?.contains(strategy) ?? true }
}

/// How fast a key may ask; `nil` where it may as it likes.
public struct KeyLimits: Hashable, Sendable, Codable {
    /// Requests in a minute.
    public var requestsPerMinute: Int?
    /// Prompt and generated tokens in a minute.
    public var tokensPerMinute: Int64?
    /// Requests under way at once.
    public var concurrencyMax: Int?

    /// Limits, each `nil` for none.
    public init(requestsPerMinute: Int? = nil, tokensPerMinute: Int64? = nil, concurrencyMax: Int? = nil) {
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.concurrencyMax = concurrencyMax
    }
}

extension KeyPolicy: Codable {
    private enum CodingKeys: String, CodingKey {
        case models, strategies, router, limits, tags, priority, weight
        case defaultStrategy = "default_strategy"
    }

    /// Reads what an older version wrote as well: what is missing has its default.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        models = try fields.decodeIfPresent([ModelID].self, forKey: .models).map(Set.init)
        strategies = try fields.decodeIfPresent([String].self, forKey: .strategies).map(Set.init)
        defaultStrategy = try fields.decodeIfPresent(String.self, forKey: .defaultStrategy)
        router = try fields.decodeIfPresent(String.self, forKey: .router)
        limits = try fields.decodeIfPresent(KeyLimits.self, forKey: .limits) ?? limits
        tags = try fields.decodeIfPresent([String: String].self, forKey: .tags) ?? tags
        priority = try fields.decodeIfPresent(Int.self, forKey: .priority) ?? priority
        weight = try fields.decodeIfPresent(Double.self, forKey: .weight) ?? weight
    }

    /// Writes sets in order, so that equal policies are equal texts.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encodeIfPresent(models?.sorted(), forKey: .models)
        try fields.encodeIfPresent(strategies?.sorted(), forKey: .strategies)
        try fields.encodeIfPresent(defaultStrategy, forKey: .defaultStrategy)
        try fields.encodeIfPresent(router, forKey: .router)
        try fields.encode(limits, forKey: .limits)
        try fields.encode(tags, forKey: .tags)
        try fields.encode(priority, forKey: .priority)
        try fields.encode(weight, forKey: .weight)
    }
}

extension KeyLimits {
    private enum CodingKeys: String, CodingKey {
        case requestsPerMinute = "requests_per_minute"
        case tokensPerMinute = "tokens_per_minute"
        case concurrencyMax = "concurrency_max"
    }
}
