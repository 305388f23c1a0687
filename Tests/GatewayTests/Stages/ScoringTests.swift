import Configuration
import Domain
import Reactor
import Routing
import Tenancy
import Testing
import Wire

@testable import Gateway

/// What a client asks of the choice, and what its prompt adds to that.
@Suite struct ScoringTests {
    private static let models = [
        entry("small", "quality: 0.4, aliases: [fast]"), entry("large", "quality: 0.9"),
        entry("vectors", "quality: 0.99, endpoints: [embeddings]"),
    ]
    private static let hard = """
        Prove, step by step, that there are infinitely many primes. Then design an algorithm that must run in \
        O(n log log n), explain why it is correct, compare it with two alternatives, and analyse each trade-off. \
        ```c\\nfor (int i = 2; i * i <= n; i++) { if (!sieve[i]) { continue; } }\\n```
        """

    private func policy(_ routing: String = "{}") throws -> Policy {
        try Policy.test(Self.models, settings: "routing: \(routing)")
    }

    private func asked(
        _ prompt: String,
        _ policy: Policy,
        model: String = "auto",
        quality: Double? = nil
    ) throws
        -> (request: RoutingRequest, complexity: Complexity?)
    {
        let request = try InferenceRequest.chat(
            #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(prompt)"}]}"#
        )
        var wishes = try policy.wishes(model: model, options: nil, of: .anonymous)
        wishes.constraints.requiredQuality = quality
        return policy.routingRequest(request, wishes: wishes)
    }

    // MARK: Wishes

    @Test(arguments: Strategy.allCases)
    func autoTakesAStrategyByItsName(strategy: Strategy) throws {
        let wishes = try policy().wishes(model: "auto:\(strategy.rawValue)", options: nil, of: .anonymous)
        #expect((wishes.strategy, wishes.pinned) == (strategy, nil))
    }

    @Test func autoAloneTakesTheDefault() throws {
        #expect(try policy().wishes(model: "auto", options: nil, of: .anonymous).strategy == .balanced)
        #expect(
            try policy("{ default_strategy: random }").wishes(model: "auto", options: nil, of: .anonymous).strategy
                == .random
        )
    }

    @Test(arguments: ["small", "fast"])
    func aNameOfTheCataloguePinsItsModel(name: String) throws {
        let wishes = try policy().wishes(model: name, options: nil, of: .anonymous)
        #expect(wishes.pinned == ModelID("small"))
        #expect(wishes.fallbacksMax == 0)
    }

    @Test(arguments: ["auto:", "auto:fastest", "auto:Balanced"])
    func anUnknownStrategyIsTheClientsMistake(name: String) throws {
        let error = try #require(throws: GatewayError.self) {
            try policy().wishes(model: name, options: nil, of: .anonymous)
        }
        #expect(error.response.status == 400)
    }

    @Test(arguments: ["", "gpt", "Auto", "AUTO", "small "])
    func anUnknownModelIsNotFound(name: String) throws {
        let error = try #require(throws: GatewayError.self) {
            try policy().wishes(model: name, options: nil, of: .anonymous)
        }
        #expect((error.response.status, error.response.code) == (404, "model_not_found"))
    }

    @Test func theOptionsOfARouteAreWishes() throws {
        let route = try RouteRequest(
            Array(
                #"""
                {"messages":[{"role":"user"}],"route":{"strategy":"cost_optimized","capability":"translation",
                "max_cost_usd":0.5,"max_latency_ms":250,"required_quality":0.8,"max_carbon_g":2,"fallbacks":["large"],
                "relax":true,"priority":7}}
                """#.utf8
            ),
            jsonDepthMax: 32
        )
        let wishes = try policy().wishes(model: route.inference.model, options: route.options, of: .anonymous)
        #expect((wishes.strategy, wishes.capability, wishes.relax) == (.costOptimized, .translation, .relax))
        #expect(wishes.constraints.maxCost == Money(dollars: 0.5))
        #expect(wishes.constraints.maxLatency == .milliseconds(250))
        #expect(wishes.constraints.requiredQuality == 0.8 && wishes.constraints.maxCarbonGrams == 2)
        #expect((wishes.fallbacks, wishes.priority) == ([1], 7))
    }

    @Test(arguments: [(0, 0), (2, 2), (16, 3)])
    func aNumberOfFallbacksIsHeldToTheSetting(asked: Int, given: Int) throws {
        var options = RouteOptions()
        let route = #"{"messages":[{"role":"user"}],"route":{"fallbacks":\#(asked)}}"#
        options = try RouteRequest(Array(route.utf8), jsonDepthMax: 32).options
        #expect(
            try policy("{ fallbacks_max: 3 }").wishes(model: "auto", options: options, of: .anonymous).fallbacksMax
                == given
        )
    }

    // MARK: Required quality

    @Test func aLightPromptAsksForNothingAndAHardOneForMore() throws {
        let policy = try policy()
        let (light, hard) = (try asked("Hi", policy), try asked(Self.hard, policy))
        #expect(light.request.constraints.requiredQuality == nil)
        let wanted = try #require(hard.request.constraints.requiredQuality)
        #expect((0.4...0.9).contains(wanted), "on the scale of the models that answer chats")
        #expect(try #require(hard.complexity).score > #require(light.complexity).score)
    }

    @Test func theClientsOwnQualityStands() throws {
        #expect(try asked(Self.hard, policy(), quality: 0.1).request.constraints.requiredQuality == 0.1)
    }

    @Test func aPinnedModelIsNotScored() throws {
        let (request, complexity) = try asked(Self.hard, policy(), model: "small")
        #expect(complexity == nil && request.constraints == .none && request.only == [ModelID("small")])
    }

    @Test func theSettingTurnsScoringOff() throws {
        let policy = try policy("{ required_quality_from_complexity: false }")
        #expect(try asked(Self.hard, policy).request.constraints.requiredQuality == nil)
    }

    /// The operator's least quality holds for every prompt, and is not given up like one that was only inferred.
    @Test func theOperatorsLeastQualityHolds() throws {
        let policy = try policy("{ required_quality_default: 0.5 }")
        #expect(try asked("Hi", policy).request.constraints.requiredQuality == 0.5)
        #expect(try #require(try asked(Self.hard, policy).request.constraints.requiredQuality) >= 0.5)
        #expect(try asked("Hi", policy, quality: 0.1).request.constraints.requiredQuality == 0.1)
        #expect(try asked("Hi", policy, model: "small").request.constraints.requiredQuality == nil)
        #expect(
            policy.explicitConstraints(try policy.wishes(model: "auto", options: nil, of: .anonymous)).requiredQuality
                == 0.5
        )
    }

    // MARK: Sizes

    @Test(arguments: [("", 256), (#","max_tokens":10"#, 10), (#","max_tokens":9999"#, 256), (#","n":3"#, 768)])
    func theAnswersLengthIsExpectedByTheRequest(members: String, tokens: Int) throws {
        let policy = try policy()
        let request = try InferenceRequest.chat(#"{"model":"auto","messages":[{"role":"user"}]\#(members)}"#)
        let wishes = try policy.wishes(model: "auto", options: nil, of: .anonymous)
        #expect(policy.routingRequest(request, wishes: wishes).request.outputTokens == tokens)
    }

    @Test func aTokenIsFourBytesOfPrompt() throws {
        #expect(try asked(String(repeating: "x", count: 401), policy()).request.inputTokens == 101)
    }
}
