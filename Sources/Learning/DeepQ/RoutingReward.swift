/// What a router is rewarded for: right answers first, then clean, cheap and quick ones.
///
///     r = 0.4 · quality + 0.3 · carbon + 0.2 · cost + 0.1 · latency,  plus the carbon bonus where there is a budget
///
/// The last three are efficiencies from 0 to 1 relative to the pool: 1 for a model that takes nothing, 0 for the one that
/// takes most. Absolute scales, as published, made all rewards nearly equal; these spread over the whole range.
public struct RoutingReward: Hashable, Sendable {
    /// The weights of the four.
    public struct Weights: Hashable, Sendable {
        /// Of the answer's score.
        public var quality: Float = 0.4
        /// Of its grams of CO2.
        public var carbon: Float = 0.3
        /// Of its price.
        public var cost: Float = 0.2
        /// Of the time that it took.
        public var latency: Float = 0.1

        /// 0.4, 0.3, 0.2 and 0.1.
        public init() {}
    }

    /// What an answer of one model takes, in any units that all models share.
    public struct Demands: Hashable, Sendable {
        /// Grams of CO2.
        public var carbon: Float
        /// Price.
        public var cost: Float
        /// Time.
        public var latency: Float

        /// These demands, none of them negative.
        public init(carbon: Float, cost: Float, latency: Float) {
            (self.carbon, self.cost, self.latency) = (carbon, cost, latency)
        }
    }

    /// For each model, what its reward is without quality: the same for every prompt.
    public let efficiencies: [Float]
    /// Each model's carbon relative to that of the dirtiest, 0 to 1.
    public let carbonShares: [Float]
    /// The weights.
    public let weights: Weights

    /// The rewards of a pool of models with these `demands`.
    public init(_ demands: [Demands], weights: Weights = Weights()) {
        func shares(_ part: KeyPath<Demands, Float>) -> [Float] {
            let most = demands.map { $0[keyPath: part] }.max() ?? 0
            return demands.map { most > 0 ? $0[keyPath: part] / most : 0 }
        }
        self.weights = weights
        carbonShares = shares(\.carbon)
        efficiencies = zip(carbonShares, zip(shares(\.cost), shares(\.latency))).map { carbon, others in
            weights.carbon * (1 - carbon) + weights.cost * (1 - others.0) + weights.latency * (1 - others.1)
        }
    }

    /// The reward of an answer of this `quality`, 0 to 1, by the model of this number.
    public func callAsFunction(model: Int, quality: Float) -> Float {
        weights.quality * quality + efficiencies[model]
    }

    /// The quality that a `reward` stands for: what a learner of rewards says of answers.
    public func quality(model: Int, reward: Float) -> Float { (reward - efficiencies[model]) / weights.quality }

    /// What is added while a carbon budget lasts, and taken away when it is overdrawn: 0.2 · (1 − u), or −0.1 · (u − 1).
    ///
    /// - Parameter used: The share u of the budget that is used.
    /// - Returns: From 0.2 down; 0 at u = 1.
    public static func carbonBonus(used: Float) -> Float { used <= 1 ? 0.2 * (1 - used) : -0.1 * (used - 1) }

    /// How much more often a step is to be replayed: right and clean answers before wrong and dirty ones.
    ///
    /// The published priority, accuracy / (carbon + 10⁻⁶), never replays a wrong answer, so that none would ever be learned
    /// to be wrong; a tenth is added to both.
    public func priority(model: Int, quality: Float) -> Double {
        Double(quality + 0.1) / Double(carbonShares[model] + 0.1)
    }
}
