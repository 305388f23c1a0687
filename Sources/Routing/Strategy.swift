public import Domain

/// What a request asks its model to be chosen for.
public enum Strategy: String, CaseIterable, Hashable, Sendable, Codable {
    /// The least expected cost per success.
    case costOptimized = "cost_optimized"
    /// The least expected latency under the present load.
    case latencyOptimized = "latency_optimized"
    /// The best expected quality, weighted by how often the model answers at all.
    case qualityOptimized = "quality_optimized"
    /// A weighted sum of the three, each as a share of the best or worst candidate.
    case balanced
    /// The least expected cost first; where its answer does not pass a check, a better model's: see ``CascadePolicy``.
    case cascade
    /// The most expected quality less what it costs: a dearer model where its gain for this prompt is worth its price.
    case utility
    /// Each model in turn.
    case roundRobin = "round_robin"
    /// The model with the largest share of its slots free.
    case leastLoaded = "least_loaded"
    /// Any model, each as likely as the other.
    case random
    /// A weighted vote of the cost, latency and quality strategies.
    case ensemble
    /// Low emissions, beside cost, latency and quality: as far as the settings' ``CarbonLevel`` goes.
    case carbonAware = "carbon_aware"
    /// The same at ``CarbonLevel/aggressive``.
    case carbonAggressive = "carbon_aggressive"
    /// The same at ``CarbonLevel/balanced``.
    case carbonBalanced = "carbon_balanced"
    /// The same at ``CarbonLevel/relaxed``.
    case carbonRelaxed = "carbon_relaxed"

    /// Whether the same request would get the same model again while the fleet stays as it is.
    ///
    /// The others change with every call by design, so their decisions are never cached.
    public var isRepeatable: Bool {
        switch self {
        case .costOptimized, .latencyOptimized, .qualityOptimized, .balanced, .cascade, .utility, .ensemble,
            .carbonAware, .carbonAggressive, .carbonBalanced, .carbonRelaxed:
            true
        case .roundRobin, .leastLoaded, .random: false
        }
    }

    /// Whether it weighs several aims against each other, so that a mixture's gate is adjusted by them.
    var weighsAims: Bool {
        switch self {
        case .balanced, .carbonAware, .carbonAggressive, .carbonBalanced, .carbonRelaxed: true
        case .costOptimized, .latencyOptimized, .qualityOptimized, .cascade, .utility, .ensemble, .roundRobin,
            .leastLoaded, .random:
            false
        }
    }

    /// The carbon-aware strategy that goes as far as `level`.
    public static func carbonAware(_ level: CarbonLevel) -> Strategy {
        switch level {
        case .aggressive: .carbonAggressive
        case .balanced: .carbonBalanced
        case .relaxed: .carbonRelaxed
        }
    }
}
