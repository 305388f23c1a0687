internal import Configuration
internal import Domain
internal import Reactor
internal import Routing
internal import Tenancy
internal import Wire

/// What a client asks of the choice of a model, beyond its prompt.
struct RoutingWishes {
    var strategy: Strategy
    var capability: Capability?
    /// The router that has learned whose estimates count; `nil` for the registry's qualities.
    var router: String?
    /// The router that chooses by itself; `nil` where the strategy does.
    var chooser: Chooser?
    var constraints = Constraints.none
    var relax: RelaxPolicy
    /// Models that the client names to fall back on, in its order.
    var fallbacks: [Int]?
    var fallbacksMax: Int
    /// The model that the client insists on; `nil` for `auto`.
    var pinned: ModelID?
    var priority = 0
    /// The models that `auto` may choose from; `nil` for all.
    var autoModels: [ModelID]?

    /// Whether a trained policy chooses, which knows best what a complex prompt needs.
    var isOfPolicy: Bool { if case .policy? = chooser?.kind { true } else { false } }
}

/// What can be told of a prompt, for the choice of its model.
struct PromptLook: Hashable, Sendable {
    /// How hard it looks, 0 to 1.
    var complexity: Double
    /// What it seems to need.
    var capability: Capability
    /// What a router that has learned expects; `nil` where none was asked.
    var belief: Belief?

    /// What to expect of each model, in the catalogue's order.
    struct Belief: Hashable, Sendable {
        /// The quality of its answer, 0 to 1.
        var qualities: [Double]
        /// The share that a mixture's gate gives it; `nil` where no gate has a say.
        var gates: [Double]?
        /// Whether the router can be believed; else the safe tier is asked for.
        var isSure: Bool
    }
}

extension Policy {
    /// Reads `model`: a name of the catalogue, `auto`, or `auto:<strategy>`.
    func wishes(model name: String, options: RouteOptions?, of client: Client) throws(GatewayError) -> RoutingWishes {
        let routing = settings.routing
        var wishes = RoutingWishes(
            strategy: defaultStrategy(for: client),
            router: defaultRouter(for: client),
            relax: routing.unmet == .relax ? .relax : .refuse,
            fallbacksMax: routing.fallbacksMax,
            priority: client.policy.priority,
            autoModels: autoModels(for: client)
        )
        if name.hasPrefix("auto:") {
            wishes.strategy = try strategy(String(name.dropFirst(5)), param: "model", for: client)
        } else if name != "auto" {
            guard let index = index(ofModel: name, for: client) else { throw .unknownModel(name) }
            wishes.pinned = catalogue.models[index].id
            // The client chose: no other model unless it names some.
            wishes.fallbacksMax = 0
        }
        if let options { try apply(options, of: client, to: &wishes) }
        let namesStrategy = name.hasPrefix("auto:") || options?.strategy != nil || options?.carbonLevel != nil
        settleRouter(&wishes, isNamed: options?.router != nil, namesStrategy: namesStrategy)
        return wishes
    }

    /// Lets a router that chooses by itself do so, unless the request asks for a strategy and not for the router.
    ///
    /// Beside it the first router that estimates tells what the strategy goes by: a bandit's stands in for it.
    private func settleRouter(_ wishes: inout RoutingWishes, isNamed: Bool, namesStrategy: Bool) {
        guard let chooser = wishes.router.flatMap(chooser) else { return }
        let isChoosing = wishes.pinned == nil && (isNamed || !namesStrategy)
        wishes.chooser = isChoosing ? chooser : nil
        wishes.router = learnedRouters.first?.id
        // A policy looks at complexity, and at nothing that takes time to find out.
        if isChoosing, case .policy = chooser.kind { wishes.router = nil }
    }

    private func fallback(_ name: ModelID, of client: Client) throws(GatewayError) -> Int {
        if let index = index(ofModel: name.rawValue, for: client) { return index }
        let known = catalogue.models.map(\.id).filter(client.mayUse).map(\.rawValue)
        throw .invalid(.unknownName(name.rawValue, noun: "model", param: "route.fallbacks", known: known))
    }

    private func apply(
        _ options: RouteOptions,
        of client: Client,
        to wishes: inout RoutingWishes
    ) throws(GatewayError) {
        if let name = options.strategy {
            wishes.strategy = try strategy(name, param: "route.strategy", for: client)
        }
        if let level = options.carbonLevel {
            guard options.strategy == nil || wishes.strategy == .carbonAware else {
                let text = "`carbon_level` goes with the strategy carbon_aware alone."
                throw .invalid(.invalidRequest(text, param: "route.carbon_level"))
            }
            wishes.strategy = .carbonAware(level)
        }
        wishes.capability = options.capability
        if let name = options.router { wishes.router = name == "none" ? nil : name }
        wishes.constraints = Constraints(
            maxCost: options.costMax,
            maxLatency: options.latencyMax,
            requiredQuality: options.requiredQuality,
            maxCarbonGrams: options.carbonGramsMax
        )
        if options.relaxes { wishes.relax = .relax }
        wishes.priority += options.priority
        switch options.fallbacks {
        case .count(let count): wishes.fallbacksMax = min(count, settings.routing.fallbacksMax)
        case .models(let names):
            wishes.fallbacks = try names.map { name throws(GatewayError) in try fallback(name, of: client) }
        case nil: break
        }
    }

    /// Those of the models that a client named to fall back on which can take the request and meet its constraints, each
    /// once and in its order; what they are good at is the client's affair.
    func usable(_ named: [Int], for asked: RoutingRequest, now: Instant) -> [Int] {
        var request = asked
        request.only = named.map { catalogue.models[$0].id }
        request.capability = nil
        let candidates = router.decide(request, fleet: fleet.snapshot(now: now.nanoseconds), draw: 0).candidates
        return named.enumerated().filter { place, index in
            guard !named[..<place].contains(index) else { return false }
            return switch candidates[index].rejection {
            case nil, .atCapacity?: true
            default: false
            }
        }.map(\.element)
    }

    /// What a choice must meet whatever the prompt is like: the client's limits, and for `auto` the operator's least
    /// quality unless the client has set its own.
    func explicitConstraints(_ wishes: RoutingWishes) -> Constraints {
        var constraints = wishes.constraints
        let least = settings.routing.requiredQualityDefault
        if constraints.requiredQuality == nil, wishes.pinned == nil, least > 0 { constraints.requiredQuality = least }
        return constraints
    }

    /// Scores the prompt and turns the wishes into what the router decides on.
    ///
    /// Only a request that leaves the choice to the gateway is scored: a pinned model needs no opinion of the prompt.
    func routingRequest(
        _ request: InferenceRequest,
        wishes: RoutingWishes,
        opinion: PromptOpinion? = nil
    ) -> (request: RoutingRequest, complexity: Complexity?) {
        let asked = AskedRequest(request)
        guard wishes.pinned == nil, request.endpoint != .embeddings else {
            return (routingRequest(asked, wishes: wishes, look: nil), nil)
        }
        let routing = settings.routing
        let text = request.promptText(bytesMax: routing.scoredBytesMax).prompt
        let complexity = (ComplexityMeasure(rawValue: routing.complexity.rawValue) ?? .lexical).score(text)
        let look = PromptLook(
            complexity: complexity.score,
            capability: complexity.features.capability,
            belief: opinion.map(belief)
        )
        return (routingRequest(asked, wishes: wishes, look: look), complexity)
    }

    /// What the router decides on, of a prompt that looks like `look`; `nil` where nobody has looked at it.
    func routingRequest(_ asked: AskedRequest, wishes: RoutingWishes, look: PromptLook?) -> RoutingRequest {
        var result = RoutingRequest(
            endpoint: asked.endpoint,
            features: asked.features,
            capability: wishes.capability,
            strategy: wishes.strategy,
            constraints: explicitConstraints(wishes),
            relax: wishes.relax,
            inputTokens: asked.inputTokens,
            outputTokens: expectedOutputTokens(asked),
            outputTokensMax: asked.outputTokensMax,
            only: wishes.pinned.map { [$0] } ?? wishes.autoModels,
            fallbacksMax: wishes.fallbacksMax
        )
        guard let look else { return result }
        if result.capability == nil, router.serves(look.capability, on: asked.endpoint) {
            result.capability = look.capability
        }
        if let belief = look.belief {
            apply(belief, to: &result)
        } else if wishes.constraints.requiredQuality == nil, settings.routing.requiredQualityFromComplexity,
            !wishes.isOfPolicy, let wanted = requiredQuality(for: look.complexity, like: result)
        {
            result.constraints.requiredQuality = max(wanted, result.constraints.requiredQuality ?? 0)
        }
        return result
    }

    /// The quality that a prompt asks for by its complexity, on the scale of the fleet.
    ///
    /// A light prompt (below 1/3, S1-C05) asks for nothing; from there it rises evenly to the best that the fleet has.
    /// Relative to the fleet, so that it works whatever scale the registry's qualities are on.
    private func requiredQuality(for complexity: Double, like request: RoutingRequest) -> Double? {
        let lightBelow = 1.0 / 3
        guard complexity > lightBelow else { return nil }
        let qualities = catalogue.models.lazy
            .filter { $0.endpoints.contains(request.endpoint) && request.only?.contains($0.id) ?? true }
            .map(\.quality)
        guard let worst = qualities.min(), let best = qualities.max() else { return nil }
        return worst + (complexity - lightBelow) / (1 - lightBelow) * (best - worst)
    }

    /// Tokens that a request is expected to take, prompt and answer together.
    func expectedTokens(_ request: InferenceRequest) -> Int {
        let asked = AskedRequest(request)
        let (tokens, overflows) = asked.inputTokens.addingReportingOverflow(expectedOutputTokens(asked))
        return overflows ? .max : tokens
    }

    private func expectedOutputTokens(_ request: AskedRequest) -> Int {
        guard request.endpoint != .embeddings else { return 0 }
        let each = min(settings.routing.expectedOutputTokens, request.outputTokensMax ?? .max)
        return each.multipliedReportingOverflow(by: request.generationCount).partialValue
    }
}

extension InferenceRequest {
    /// Tokens of the prompt by the rule of thumb of four bytes each; images apart.
    var inputTokens: Int { (inputBytes + 3) / 4 + imageTokens }

    /// What its images take.
    var imageTokens: Int { Self.tokensPerImage * imageCount }

    /// What a middling image takes.
    static var tokensPerImage: Int { 765 }
}
