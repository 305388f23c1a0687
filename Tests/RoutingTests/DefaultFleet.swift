import Domain
import Routing

/// The fleet that the LLM routing system ships (requirement S3-C01), at its prices per thousand tokens.
enum DefaultFleet {
    static let gpt4 = 0
    static let gpt35 = 1
    static let opus = 2
    static let sonnet = 3
    static let llama = 4

    static let catalogue = Catalogue(
        models: [
            model("gpt-4", 0.03, 2000, 0.95, 50, [.complexReasoning, .codeGeneration, .analysis, .general]),
            model("gpt-3.5-turbo", 0.002, 800, 0.80, 100, [.simpleQA, .summarization, .general]),
            model("claude-3-opus", 0.015, 1500, 0.93, 50, [.complexReasoning, .creativeWriting, .analysis, .general]),
            model("claude-3-sonnet", 0.003, 1000, 0.85, 100, [.simpleQA, .summarization, .translation, .general]),
            model("llama-2-70b", 0.001, 1200, 0.75, 150, [.simpleQA, .summarization, .general]),
        ],
        priceVersion: "test"
    )

    static func model(
        _ name: String,
        _ dollarsPerThousand: Double,
        _ milliseconds: Int,
        _ quality: Double,
        _ slots: Int,
        _ capabilities: Set<Capability>,
        endpoints: Set<Model.Endpoint> = [.chat],
        features: Set<Model.Feature> = [],
        contextWindow: Int = 8192,
        outputTokensMax: Int? = nil,
        joulesPerOutputToken: Double = 1,
        baseURL: String = "http://127.0.0.1/v1"
    ) -> Model {
        let picodollars = Int64((dollarsPerThousand * 1e9).rounded())
        return Model(
            id: ModelID(name),
            displayName: name,
            provider: .simulated,
            baseURL: baseURL,
            upstreamName: name,
            keyVariable: nil,
            aliases: [],
            endpoints: endpoints,
            features: features,
            capabilities: capabilities,
            tier: .medium,
            quality: quality,
            prices: TokenPrices(input: picodollars, cachedInput: 0, cacheWrite: 0, output: picodollars),
            contextWindow: contextWindow,
            outputTokensMax: outputTokensMax,
            latencyPrior: .milliseconds(milliseconds),
            concurrencyMax: slots,
            energy: EnergyProfile(
                joulesPerInputToken: 0,
                joulesPerOutputToken: joulesPerOutputToken,
                powerUsageEffectiveness: 1,
                gramsPerKilowattHour: 360
            )
        )
    }

    /// A fresh fleet's snapshot, as it is before any request.
    static var fresh: FleetSnapshot { Fleet(catalogue: catalogue).snapshot(now: 0) }

    /// A request for a thousand tokens, as the original prices them.
    static func request(
        _ capability: Capability?,
        _ strategy: Strategy,
        _ constraints: Constraints = Constraints(requiredQuality: 0.7),
        relax: RelaxPolicy = .refuse
    ) -> RoutingRequest {
        RoutingRequest(
            endpoint: .chat,
            capability: capability,
            strategy: strategy,
            constraints: constraints,
            relax: relax,
            inputTokens: 0,
            outputTokens: 1000
        )
    }

    /// A router without chance, so that tables are exact.
    static let router = Router(catalogue: catalogue, settings: RouterSettings(exploration: 0))
}

extension Fleet {
    /// Records `count` equal calls.
    func observe(_ index: Int, times count: Int, latency: Duration, succeeded: Bool = true) {
        for _ in 0..<count { observe(index, latency: latency, cost: .zero, succeeded: succeeded) }
    }
}
