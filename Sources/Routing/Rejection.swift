public import Domain

/// Why a model was not a candidate for the choice.
public enum Rejection: Hashable, Sendable {
    /// It is not among the models that the request allows.
    case notAllowed
    /// It does not answer the API that was called.
    case endpointNotServed
    /// It lacks something that the request needs.
    case featureMissing(Model.Feature)
    /// The registry does not say that it is good at what the request needs.
    case capabilityMissing(Capability)
    /// Prompt and answer do not fit into its context window.
    case contextTooSmall(tokensNeeded: Int, window: Int)
    /// The answer may be longer than it is able to give.
    case outputTooLong(tokensAsked: Int, limit: Int)
    /// The operator switched it off.
    case switchedOff
    /// It is left alone after failures, resting or with an open circuit, until this instant, in nanoseconds of the monotonic clock.
    case coolingDown(until: UInt64)
    /// A hold for it does not fit into a budget of this measure.
    case overBudget(Budget.Measure)
    /// It misses this constraint; where it misses several, the one that is kept longest.
    case constraintMissed(Constraint)
    /// It has more billions of parameters than the strategy wants.
    case tooLarge(billions: Double, limit: Double)
    /// Its weights have more bits than the strategy wants.
    case tooManyBits(bits: Double, limit: Double)
    /// The planner's quota gives the request to this tier. It stays among the fallbacks.
    case outsideQuota(Tier)
    /// All its slots are taken, and another candidate has one free. It stays among the fallbacks.
    case atCapacity(slots: Int)
}

extension Rejection: CustomStringConvertible {
    /// The reason's name on the wire.
    public var code: String {
        switch self {
        case .notAllowed: "not_allowed"
        case .endpointNotServed: "endpoint_not_served"
        case .featureMissing: "feature_missing"
        case .capabilityMissing: "capability_missing"
        case .contextTooSmall: "context_too_small"
        case .outputTooLong: "output_too_long"
        case .switchedOff: "switched_off"
        case .coolingDown: "cooling_down"
        case .overBudget: "over_budget"
        case .constraintMissed: "constraint_missed"
        case .tooLarge: "too_large"
        case .tooManyBits: "too_many_bits"
        case .outsideQuota: "outside_quota"
        case .atCapacity: "at_capacity"
        }
    }

    /// The reason for people: completes "this model …".
    public var description: String {
        switch self {
        case .notAllowed: "is not among the models that the request allows"
        case .endpointNotServed: "does not answer this API"
        case .featureMissing(let feature): "does not support \(feature.rawValue)"
        case .capabilityMissing(let capability): "is not registered for \(capability.rawValue)"
        case .contextTooSmall(let needed, let window): "has a context window of \(window) tokens, \(needed) are needed"
        case .outputTooLong(let asked, let limit): "answers with at most \(limit) tokens, \(asked) were asked for"
        case .switchedOff: "is switched off"
        case .coolingDown: "is cooling down after failures"
        case .overBudget(let measure): "takes more \(measure.rawValue) than its budgets have left"
        case .constraintMissed(let constraint): "misses \(constraint.rawValue)"
        case .tooLarge(let billions, let limit):
            "has \(billions) billion parameters, the strategy wants at most \(limit)"
        case .tooManyBits(let bits, let limit): "has weights of \(bits) bits, the strategy wants at most \(limit)"
        case .outsideQuota(let tier): "is not of the tier \(tier), which the planner's quota gives this request"
        case .atCapacity(let slots): "has all \(slots) slots taken"
        }
    }
}
