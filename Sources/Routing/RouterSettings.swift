public import Domain

/// How much each part of a score counts; the strategies are rows of such weights.
public struct ScoreWeights: Hashable, Sendable {
    /// Of cheapness: 1 − cost per success / the largest.
    public var cost: Double
    /// Of speed: 1 − latency under load / the largest.
    public var latency: Double
    /// Of quality times success rate / the largest.
    public var quality: Double
    /// Of the share of slots that is free.
    public var headroom: Double
    /// Of low emissions: 1 − grams / the largest.
    public var carbon: Double
    /// Of having the turn: 1 for one candidate, 0 for the others.
    public var turn: Double

    /// Weights for the parts that count, 0 for the others.
    public init(
        cost: Double = 0,
        latency: Double = 0,
        quality: Double = 0,
        headroom: Double = 0,
        carbon: Double = 0,
        turn: Double = 0
    ) {
        self.cost = cost
        self.latency = latency
        self.quality = quality
        self.headroom = headroom
        self.carbon = carbon
        self.turn = turn
    }
}

extension ScoreWeights {
    /// The same weights, with `share` of all given to low emissions.
    func greened(by share: Double) -> ScoreWeights {
        let rest = 1 - share
        return ScoreWeights(cost: cost * rest, latency: latency * rest, quality: quality * rest, carbon: share)
    }
}

/// What an operator may tune in ``Router``.
public struct RouterSettings: Hashable, Sendable {
    /// The weights of ``Strategy/balanced``: cost, latency, quality.
    public var balanced: ScoreWeights
    /// What the votes of ``Strategy/ensemble`` weigh: cost, latency, quality; each times its voter's confidence.
    public var ensemble: ScoreWeights
    /// The share of requests, 0 to 1, whose model is drawn in order to learn about it; 0 makes every choice certain.
    public var exploration: Double
    /// A success rate below this counts as this when costs are divided by it, so that no cost is infinite.
    public var successRateMin: Double
    /// What ``Strategy/carbonAware`` comes to.
    public var carbonLevel: CarbonLevel
    /// What one shadow price above its usual worth takes off the score of the fleet's dearest model.
    public var pacingWeight: Double
    /// What ``Strategy/utility`` takes quality to be worth.
    public var worth: UtilityWorth

    /// The originals' weights, and one request in fifty spent on exploration unless told otherwise.
    public init(
        balanced: ScoreWeights = ScoreWeights(cost: 0.3, latency: 0.4, quality: 0.3),
        ensemble: ScoreWeights = ScoreWeights(cost: 0.3, latency: 0.4, quality: 0.3),
        exploration: Double = 0.02,
        successRateMin: Double = 0.1,
        carbonLevel: CarbonLevel = .balanced,
        pacingWeight: Double = 0.3,
        worth: UtilityWorth = UtilityWorth()
    ) {
        self.balanced = balanced
        self.ensemble = ensemble
        self.exploration = min(max(exploration, 0), 1)
        self.successRateMin = max(successRateMin, 1e-6)
        self.carbonLevel = carbonLevel
        self.pacingWeight = pacingWeight
        self.worth = worth
    }

    /// What makes a strategy of the one scoring function.
    func weights(for strategy: Strategy) -> ScoreWeights {
        switch strategy {
        case .costOptimized, .cascade: ScoreWeights(cost: 1)
        case .latencyOptimized: ScoreWeights(latency: 1)
        case .qualityOptimized: ScoreWeights(quality: 1)
        case .balanced: balanced
        case .roundRobin: ScoreWeights(turn: 1)
        case .leastLoaded: ScoreWeights(headroom: 1)
        case .carbonAware, .carbonAggressive, .carbonBalanced, .carbonRelaxed:
            balanced.greened(by: carbonLevel(of: strategy)?.carbonWeight ?? 0)
        case .random, .ensemble, .utility: ScoreWeights()
        }
    }

    /// How far `strategy` goes for low emissions; `nil` if it does not look at them.
    func carbonLevel(of strategy: Strategy) -> CarbonLevel? {
        switch strategy {
        case .carbonAware: carbonLevel
        case .carbonAggressive: .aggressive
        case .carbonBalanced: .balanced
        case .carbonRelaxed: .relaxed
        case .costOptimized, .latencyOptimized, .qualityOptimized, .balanced, .cascade, .utility, .roundRobin,
            .leastLoaded, .random, .ensemble:
            nil
        }
    }

    /// The share of choices that is left to chance.
    func exploration(of strategy: Strategy) -> Double {
        switch strategy {
        case .costOptimized, .latencyOptimized, .qualityOptimized, .balanced, .cascade, .utility, .ensemble,
            .carbonAware, .carbonAggressive, .carbonBalanced, .carbonRelaxed:
            exploration
        case .roundRobin, .leastLoaded: 0
        case .random: 1
        }
    }
}

extension Strategy {
    /// How far a choice by this strategy among so many candidates is trusted.
    func confidence(candidateCount: Int) -> Double {
        switch self {
        case .costOptimized, .cascade: candidateCount == 1 ? 0.7 : 0.9
        case .latencyOptimized: 0.9
        case .qualityOptimized: 0.95
        case .balanced, .utility, .ensemble, .carbonAware, .carbonAggressive, .carbonBalanced, .carbonRelaxed: 0.85
        case .roundRobin: 0.6
        case .leastLoaded: 0.8
        case .random: 0.5
        }
    }
}
