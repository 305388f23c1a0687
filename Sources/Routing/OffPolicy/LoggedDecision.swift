/// A decision that was made, what came of it, and what another policy would have done.
public struct LoggedDecision: Hashable, Sendable {
    /// The number of what was done.
    public let action: Int
    /// The probability with which it was done, above 0 to 1.
    public let propensity: Double
    /// What came of it.
    public let reward: Double
    /// What is known of the situation: a row for a model of rewards, equally long for all; may be empty.
    public let context: [Double]
    /// The probability of each action under the other policy; they add up to 1.
    public let target: [Double]

    /// A decision with all its parts.
    public init(action: Int, propensity: Double, reward: Double, context: [Double], target: [Double]) {
        self.action = action
        self.propensity = propensity
        self.reward = reward
        self.context = context
        self.target = target
    }

    /// How much more the other policy does it: π(a) / p.
    var weight: Double { target[action] / propensity }
}

/// Why decisions say nothing of another policy.
public enum OffPolicyRefusal: Error, Hashable, Sendable {
    /// There are too few decisions: how many, and how many are needed.
    case tooFew(Int, needed: Int)
    /// A decision makes no sense: its number, and what is wrong.
    case malformed(Int, String)
    /// The other policy does what was never done: the actions.
    case neverDone([Int])
    /// Weights don't average to 1, by more than chance: some of what the policy does could not have been logged.
    case missingSupport(meanWeight: Double)
    /// So few decisions count that chance decides: how many they are worth, and how many are needed.
    case fewEffective(Double, needed: Double)

    /// What is wrong and what would help, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .tooFew(let count, let needed): "there are \(count) decisions, and \(needed) are needed"
        case .malformed(let index, let reason): "decision \(index): \(reason)"
        case .neverDone(let actions):
            "the policy chooses what was never chosen (\(actions.map(String.init).joined(separator: ", "))), so nothing is "
                + "known of it: log with exploration"
        case .missingSupport(let mean):
            "the weights average \((mean * 1000).rounded() / 1000) instead of 1: in some situations the policy does what "
                + "could not have been logged; log with exploration"
        case .fewEffective(let size, let needed):
            "the decisions are worth \(Int(size)) of the policy's own, and \(Int(needed)) are needed: log more, or with "
                + "more exploration"
        }
    }
}
