/// One model of the registry: what it can do, what it costs, and where it answers.
///
/// An immutable value: a registry is swapped whole after validation.
public struct Model: Hashable, Sendable {
    /// Which dialect and defaults its endpoint has.
    public enum Provider: String, CaseIterable, Hashable, Sendable, Codable {
        /// Any server with OpenAI's API: vLLM, llama.cpp, Ollama, Mistral, LocalAI.
        case openAICompatible = "openai_compatible"
        /// OpenAI itself.
        case openAI = "openai"
        /// Azure OpenAI: `api-key` header, deployment in the path, `api-version` in the query.
        case azure
        /// This repository's simulated backend; its answers are labelled as simulated wherever they show.
        case simulated
    }

    /// How the gateway and the endpoint speak HTTP.
    public enum HTTPVersion: String, CaseIterable, Hashable, Sendable, Codable {
        /// HTTP/1.1: every backend's, and the gateway's fast path.
        case http1
        /// HTTP/2 where the endpoint offers it over TLS, HTTP/1.1 where it does not.
        case http2
        /// HTTP/2 at once, over plain TCP too: for endpoints that speak nothing else (RFC 9113, §3.3).
        case http2PriorKnowledge = "http2_prior_knowledge"
    }

    /// The APIs that a model's endpoint answers.
    public enum Endpoint: String, CaseIterable, Hashable, Sendable, Codable {
        /// `/v1/chat/completions`
        case chat
        /// `/v1/completions`
        case completions
        /// `/v1/embeddings`
        case embeddings
    }

    /// How its endpoint is asked to go on with an answer that it is given the beginning of.
    public enum Prefill: String, CaseIterable, Hashable, Sendable, Codable {
        /// It cannot be asked to.
        case none
        /// By a last message of the assistant's: Anthropic, llama.cpp.
        case assistant
        /// By such a message with `"prefix": true`: Mistral, DeepSeek.
        case prefix
        /// By such a message, `"continue_final_message": true` and `"add_generation_prompt": false`: vLLM, SGLang.
        case continueFinalMessage = "continue_final_message"
    }

    /// What a request may need beyond text in and text out.
    public enum Feature: String, CaseIterable, Hashable, Sendable, Codable {
        /// Function and tool calls.
        case tools
        /// Images in messages.
        case images
        /// `response_format` with a JSON schema.
        case structuredOutput = "structured_output"
    }

    /// The registry's name for it.
    public let id: ModelID
    /// A name for people.
    public let displayName: String
    /// The kind of its endpoint.
    public let provider: Provider
    /// Base URL up to and without `/chat/completions`, such as `https://api.openai.com/v1`; no trailing slash.
    public let baseURL: String
    /// The page with its own figures of its load, in Prometheus's format; `nil` if it has none.
    public let metricsURL: String?
    /// How it is asked whether it is well; `nil` where requests have to find out.
    public let healthCheck: HealthCheck?
    /// How to speak HTTP with it.
    public let httpVersion: HTTPVersion
    /// What the endpoint calls the model; goes into the request's `model` field.
    public let upstreamName: String
    /// The environment variable that holds the endpoint's key, if it needs one.
    public let keyVariable: String?
    /// Other names that clients may use.
    public let aliases: [String]
    /// Which APIs it answers.
    public let endpoints: Set<Endpoint>
    /// What it can do beyond plain text.
    public let features: Set<Feature>
    /// What it is good at.
    public let capabilities: Set<Capability>
    /// Its capability tier.
    public let tier: Tier
    /// Expected quality of its answers, 0 to 1.
    public let quality: Double
    /// What it charges.
    public private(set) var prices: TokenPrices
    /// Prompt and answer together must fit in this many tokens.
    public let contextWindow: Int
    /// At most this many generated tokens, where the endpoint has a limit of its own.
    public let outputTokensMax: Int?
    /// Expected time of a whole answer before any was measured.
    public let latencyPrior: Duration
    /// At most this many requests at once.
    public let concurrencyMax: Int
    /// What its requests take in energy, and where.
    public let energy: EnergyProfile
    /// The folder of its tokenizer's files; `nil` where tokens that nobody told are estimated by bytes.
    public let tokenizer: String?
    /// How it goes on with an answer that another model began.
    public let prefill: Prefill

    /// A model with all its properties; the registry's loader is the usual caller.
    public init(
        id: ModelID,
        displayName: String,
        provider: Provider,
        baseURL: String,
        metricsURL: String? = nil,
        healthCheck: HealthCheck? = nil,
        httpVersion: HTTPVersion = .http1,
        upstreamName: String,
        keyVariable: String?,
        aliases: [String],
        endpoints: Set<Endpoint>,
        features: Set<Feature>,
        capabilities: Set<Capability>,
        tier: Tier,
        quality: Double,
        prices: TokenPrices,
        contextWindow: Int,
        outputTokensMax: Int?,
        latencyPrior: Duration,
        concurrencyMax: Int,
        energy: EnergyProfile,
        tokenizer: String? = nil,
        prefill: Prefill = .none
    ) {
        self.id = id
        self.displayName = displayName
        self.provider = provider
        self.baseURL = baseURL
        self.metricsURL = metricsURL
        self.healthCheck = healthCheck
        self.httpVersion = httpVersion
        self.upstreamName = upstreamName
        self.keyVariable = keyVariable
        self.aliases = aliases
        self.endpoints = endpoints
        self.features = features
        self.capabilities = capabilities
        self.tier = tier
        self.quality = quality
        self.prices = prices
        self.contextWindow = contextWindow
        self.outputTokensMax = outputTokensMax
        self.latencyPrior = latencyPrior
        self.concurrencyMax = concurrencyMax
        self.energy = energy
        self.tokenizer = tokenizer
        self.prefill = prefill
    }

    /// The same model at other prices.
    public func charging(_ prices: TokenPrices) -> Model {
        var model = self
        model.prices = prices
        return model
    }
}

/// Every model that the gateway may use, in the registry's order.
public struct Catalogue: Hashable, Sendable {
    /// The models, in the order of the file.
    public let models: [Model]
    /// A digest of the prices, so that a ledger row says by which list it was charged.
    public let priceVersion: String
    private let indexByName: [String: Int]

    /// A catalogue of `models`; where two share a name, the first one keeps it.
    public init(models: [Model], priceVersion: String) {
        self.models = models
        self.priceVersion = priceVersion
        var indexByName: [String: Int] = [:]
        for (index, model) in models.enumerated() {
            for name in [model.id.rawValue] + model.aliases where indexByName[name] == nil { indexByName[name] = index }
        }
        self.indexByName = indexByName
    }

    /// The model with this id or alias.
    public subscript(name: String) -> Model? { indexByName[name].map { models[$0] } }

    /// The model with this id.
    public subscript(id: ModelID) -> Model? { self[id.rawValue] }

    /// Its position in ``models``.
    public func index(of name: String) -> Int? { indexByName[name] }
}
