/// What another policy would have earned, by decisions that were logged with their propensities.
///
///     IPS = mean(w·r),  SNIPS = Σ w·r / Σ w,  DR = mean(Σ_a π(a)·q̂(a) + w·(r − q̂(a_logged))),  w = π(a) / p
///
/// Horvitz and Thompson, 1952; Swaminathan and Joachims, "The self-normalized estimator for counterfactual learning", 2015;
/// Dudík, Langford and Li, "Doubly robust policy evaluation and learning", 2011. Intervals are the normal ones of means, and
/// for SNIPS by the delta method; weights are not clipped.
public struct OffPolicyEvaluation: Hashable, Sendable {
    /// A mean with its interval of 95 per cent.
    public struct Estimate: Hashable, Sendable {
        /// The mean.
        public let value: Double
        /// Half the interval.
        public let margin: Double
        /// Where the interval begins.
        public var low: Double { value - margin }
        /// Where it ends.
        public var high: Double { value + margin }
    }

    /// Decisions below which nothing is concluded.
    public static let decisionsMin = 30
    /// Effective decisions below which nothing is concluded.
    public static let effectiveMin = 20.0
    /// Decisions of one policy and not of the other, each way, below which they are not compared.
    public static let differencesMin = 10
    private static let quantile = 1.959_964

    /// By inverse propensities: unbiased, and widest.
    public let inverse: Estimate
    /// By inverse propensities that are made to add up to 1.
    public let selfNormalized: Estimate
    /// By a model of rewards, with its errors corrected: narrowest where the model is any good.
    public let doublyRobust: Estimate
    /// (Σ w)² / Σ w²: how many decisions of the policy's own they are worth.
    public let effectiveCount: Double
    /// The mean of w: about 1.
    public let meanWeight: Double

    /// Estimates by `decisions`, all of which have as many actions and as long a context.
    ///
    /// - Throws: ``OffPolicyRefusal`` where they don't say enough.
    public init(_ decisions: [LoggedDecision]) throws(OffPolicyRefusal) {
        guard decisions.count >= Self.decisionsMin else { throw .tooFew(decisions.count, needed: Self.decisionsMin) }
        try Self.check(decisions)
        let weights = decisions.map(\.weight)
        let sum = weights.reduce(0, +)
        let squares = weights.reduce(0) { $0 + $1 * $1 }
        effectiveCount = squares > 0 ? sum * sum / squares : 0
        let mass = Self.estimate(weights)
        meanWeight = mass.value
        // Four standard errors: a false alarm in twenty thousand.
        guard abs(mass.value - 1) <= 4 * mass.margin / Self.quantile + 1e-9 else {
            throw .missingSupport(meanWeight: mass.value)
        }
        guard effectiveCount >= Self.effectiveMin else {
            throw .fewEffective(effectiveCount, needed: Self.effectiveMin)
        }
        inverse = Self.estimate(zip(weights, decisions).map { $0 * $1.reward })
        let mean = zip(weights, decisions).reduce(0) { $0 + $1.0 * $1.1.reward } / sum
        let spread = zip(weights, decisions).reduce(0) { sum, pair in
            let error = pair.0 * (pair.1.reward - mean)
            return sum + error * error
        }
        selfNormalized = Estimate(value: mean, margin: Self.quantile * spread.squareRoot() / sum)
        let expected = RewardModel.crossFitted(decisions)
        let corrected = decisions.indices.map { index in
            let decision = decisions[index]
            let direct = zip(decision.target, expected[index]).reduce(0) { $0 + $1.0 * $1.1 }
            return direct + weights[index] * (decision.reward - expected[index][decision.action])
        }
        doublyRobust = Self.estimate(corrected)
    }

    /// What one policy would have earned more than another, on average: doubly robust, decision by decision, so that what both do
    /// alike says nothing and costs no certainty.
    ///
    ///     mean(Σ_a (π(a) − β(a))·q̂(a) + (π(a_logged) − β(a_logged))/p·(r − q̂(a_logged)))
    ///
    /// - Parameters:
    ///   - decisions: With π, the policy, as their targets.
    ///   - others: β, the probabilities of the other policy, for each decision.
    /// - Returns: 0 for certain where both always do the same.
    /// - Throws: ``OffPolicyRefusal`` where they don't say enough: of what only one of the two does, each has to have been done
    ///   ``differencesMin`` times.
    public static func gain(
        of decisions: [LoggedDecision],
        over others: [[Double]]
    ) throws(OffPolicyRefusal) -> Estimate {
        guard decisions.count >= decisionsMin else { throw .tooFew(decisions.count, needed: decisionsMin) }
        try check(decisions)
        let leanings = zip(decisions, others).map { $0.target[$0.action] - $1[$0.action] }
        let differs = zip(decisions, others).contains { $0.target != $1 }
        let done = min(leanings.count { $0 > 0 }, leanings.count { $0 < 0 })
        guard !differs || done >= differencesMin else {
            throw .fewEffective(Double(done), needed: Double(differencesMin))
        }
        let expected = RewardModel.crossFitted(decisions)
        let gains = decisions.indices.map { index in
            let decision = decisions[index]
            let direct = decision.target.indices.reduce(0) { sum, action in
                sum + (decision.target[action] - others[index][action]) * expected[index][action]
            }
            let error = decision.reward - expected[index][decision.action]
            return direct + leanings[index] / decision.propensity * error
        }
        return estimate(gains)
    }

    private static func check(_ decisions: [LoggedDecision]) throws(OffPolicyRefusal) {
        let (actions, width) = (decisions[0].target.count, decisions[0].context.count)
        var (wanted, done) = ([Double](repeating: 0, count: actions), [Int](repeating: 0, count: actions))
        for (index, decision) in decisions.enumerated() {
            guard decision.target.count == actions, decision.target.indices.contains(decision.action) else {
                throw .malformed(index, "its action is none of the policy's \(actions)")
            }
            guard decision.context.count == width, decision.context.allSatisfy(\.isFinite), decision.reward.isFinite
            else { throw .malformed(index, "its reward or context is no number, or of another length") }
            guard decision.propensity > 0, decision.propensity <= 1 else {
                throw .malformed(index, "its propensity is \(decision.propensity), and must be above 0 to 1")
            }
            guard decision.target.allSatisfy({ $0 >= 0 }), abs(decision.target.reduce(0, +) - 1) < 1e-6 else {
                throw .malformed(index, "the policy's probabilities don't add up to 1")
            }
            for action in 0..<actions { wanted[action] += decision.target[action] }
            done[decision.action] += 1
        }
        let missing = (0..<actions).filter { done[$0] == 0 && wanted[$0] > 0 }
        guard missing.isEmpty else { throw .neverDone(missing) }
    }

    private static func estimate(_ values: [Double]) -> Estimate {
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        return Estimate(value: mean, margin: quantile * (variance / count).squareRoot())
    }
}
