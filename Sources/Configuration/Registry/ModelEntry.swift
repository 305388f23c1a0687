import Domain

/// One model as the registry's file has it.
struct ModelEntry: Section {
    var id = ""
    var name: String?
    var provider = Model.Provider.openAICompatible
    var baseURL: String?
    var metricsURL: String?
    var healthCheck: HealthCheckEntry?
    var httpVersion = Model.HTTPVersion.http1
    var upstreamName: String?
    var keyVariable: String?
    var aliases: [String] = []
    var endpoints: Set<Model.Endpoint> = [.chat, .completions]
    var features: Set<Model.Feature> = []
    var capabilities = Set(Capability.allCases)
    var tier = Tier.medium.rawValue
    var quality = 0.7
    var prices = PriceEntry()
    var contextWindow = 8192
    var outputTokensMax: Int?
    var latencyPriorMilliseconds = 2000.0
    var concurrencyMax = 100
    var energy: EnergyEntry?
    var tokenizer: String?
    var prefill = Model.Prefill.none

    static let fields: [Field<Self>] = [
        Field("id", \.id, .name, required: true, "The name by which clients, the ledger and metrics know the model."),
        Field("name", \.name, optional: .text, "A name for people; the id if absent."),
        Field(
            "provider",
            \.provider,
            .choice,
            "Kind of the endpoint: openai_compatible is vLLM, llama.cpp, Ollama, Mistral and most others."
        ),
        Field(
            "base_url",
            \.baseURL,
            optional: .url(query: true),
            "The API without /chat/completions, such as http://127.0.0.1:8000/v1; for azure, the resource alone."
        ),
        Field(
            "metrics_url",
            \.metricsURL,
            optional: .url(),
            "Page of one's own worker with its load (vLLM, llama.cpp, SGLang, TGI), such as http://127.0.0.1:8000/metrics."
        ),
        Field(
            "health_check",
            \.healthCheck,
            optional: .section,
            "How it is asked whether it is well when its circuit was open; without it, a request has to find out."
        ),
        Field(
            "http_version",
            \.httpVersion,
            .choice,
            "http1, which every backend speaks; http2 over TLS; http2_prior_knowledge for those that speak nothing else."
        ),
        Field("upstream_name", \.upstreamName, optional: .text, "What the endpoint calls the model; the id if absent."),
        Field(
            "key_variable",
            \.keyVariable,
            optional: .variable,
            "Environment variable that holds the endpoint's key."
        ),
        Field("aliases", \.aliases, .list(of: .name, count: 0...64), "Other names that clients may use."),
        Field("endpoints", \.endpoints, .choices(atLeast: 1), "APIs that the endpoint answers."),
        Field("features", \.features, .choices(atLeast: 0), "What it can do beyond text."),
        Field("capabilities", \.capabilities, .choices(atLeast: 1), "What it is good at."),
        Field("tier", \.tier, .name, "Capability tier: light, medium, heavy, or one of your own."),
        Field("quality", \.quality, .number(in: 0...1), "Expected quality of its answers, 0 to 1."),
        Field("prices", \.prices, required: true, "What it charges, USD per million tokens; 0 where it is free."),
        Field(
            "context_window",
            \.contextWindow,
            .integer(in: 1...100_000_000),
            "Prompt and answer together must fit in this many tokens."
        ),
        Field(
            "output_tokens_max",
            \.outputTokensMax,
            optional: .integer(in: 1...100_000_000),
            "Most tokens of one answer, where the endpoint has a limit of its own."
        ),
        Field(
            "latency_prior_ms",
            \.latencyPriorMilliseconds,
            .number(in: 0.1...3_600_000),
            "Milliseconds that a whole answer is expected to take before any was measured."
        ),
        Field("concurrency_max", \.concurrencyMax, .integer(in: 1...1_000_000), "Most requests at once."),
        Field("energy", \.energy, optional: .section, "What its tokens take in energy, and how clean that energy is."),
        Field(
            "tokenizer",
            \.tokenizer,
            optional: .text,
            "Folder with its tokenizer.json (or vocab.txt, or vocab.json and merges.txt): counts tokens not reported."
        ),
        Field(
            "prefill",
            \.prefill,
            .choice,
            "How it goes on with a chat's answer that broke off: assistant (llama.cpp), prefix (Mistral), … (vLLM), none."
        ),
    ]

    func check(at place: Place, into report: inout Report) {
        if baseURL == nil, Self.defaultURL(of: provider) == nil, place.child("base_url")?.node?.isNull ?? true {
            report.error(at: place, "`base_url` is missing", fix: "only openai and simulated have a default")
        }
        if provider != .azure, baseURL?.contains("?") ?? false {
            report.error(at: place["base_url"], "has a query", fix: "only azure takes one: ?api-version=…")
        }
        if let outputTokensMax, outputTokensMax > contextWindow {
            report.error(
                at: place["output_tokens_max"],
                "\(outputTokensMax) is above the context window, \(contextWindow)",
                fix: "lower it, or raise context_window"
            )
        }
    }

    /// Where a provider answers unless the file says otherwise.
    static func defaultURL(of provider: Model.Provider) -> String? {
        switch provider {
        case .openAI: "https://api.openai.com/v1"
        case .simulated: "http://127.0.0.1:8090/v1"
        case .openAICompatible, .azure: nil
        }
    }

    /// The model that the entry describes.
    var model: Model {
        Model(
            id: ModelID(id),
            displayName: name ?? id,
            provider: provider,
            baseURL: baseURL ?? Self.defaultURL(of: provider) ?? "",
            metricsURL: metricsURL,
            healthCheck: healthCheck?.healthCheck,
            httpVersion: httpVersion,
            upstreamName: upstreamName ?? id,
            keyVariable: keyVariable,
            aliases: aliases,
            endpoints: endpoints,
            features: features,
            capabilities: capabilities,
            tier: Tier(rawValue: tier),
            quality: quality,
            prices: prices.tokenPrices,
            contextWindow: contextWindow,
            outputTokensMax: outputTokensMax,
            latencyPrior: .microseconds(Int64((latencyPriorMilliseconds * 1000).rounded())),
            concurrencyMax: concurrencyMax,
            energy: (energy ?? EnergyEntry()).profile(of: provider),
            tokenizer: tokenizer,
            prefill: prefill
        )
    }
}

/// A model's prices, USD per million tokens.
struct PriceEntry: Section {
    var input = 0.0
    var cachedInput: Double?
    var cacheWrite: Double?
    var output = 0.0
    var audioInput: Double?
    var audioOutput: Double?

    static let fields: [Field<Self>] = [
        Field("input", \.input, .price, required: true, "USD per million prompt tokens."),
        Field(
            "cached_input",
            \.cachedInput,
            optional: .price,
            "For those read from the provider's cache; as input if absent."
        ),
        Field(
            "cache_write",
            \.cacheWrite,
            optional: .price,
            "For those written to the provider's cache; as input if absent."
        ),
        Field("output", \.output, .price, required: true, "USD per million generated tokens, reasoning included."),
        Field("audio_input", \.audioInput, optional: .price, "For prompt tokens of sound; as input if absent."),
        Field("audio_output", \.audioOutput, optional: .price, "For generated tokens of sound; as output if absent."),
    ]

    /// The prices in picodollars per token.
    var tokenPrices: TokenPrices {
        func picodollars(_ price: Double) -> Int64 { Int64((price * 1e6).rounded()) }
        return TokenPrices(
            input: picodollars(input),
            cachedInput: picodollars(cachedInput ?? input),
            cacheWrite: picodollars(cacheWrite ?? input),
            output: picodollars(output),
            audioInput: audioInput.map(picodollars),
            audioOutput: audioOutput.map(picodollars)
        )
    }
}

extension Format where Value == Double {
    /// USD per million tokens, to a millionth: a whole number of picodollars per token.
    fileprivate static var price: Self {
        let format = number(in: 0...10_000)
        return Format(
            schema: format.schema,
            read: { place, report in
                guard let price = format.read(place, &report) else { return nil }
                // 1e-6 of a picodollar is far above what the decimal notation costs in a Double of this size.
                guard abs(price * 1e6 - (price * 1e6).rounded()) < 1e-4 else {
                    report.error(at: place, "\(price) is finer than 0.000001", fix: "round it to six decimals")
                    return nil
                }
                return price
            },
            write: format.write
        )
    }
}
