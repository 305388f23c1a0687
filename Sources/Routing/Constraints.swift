public import Domain

/// The limits that a request sets on the model that answers it; `nil` sets none.
public struct Constraints: Hashable, Sendable {
    /// At most this expected cost.
    public var maxCost: Money?
    /// At most this expected latency of the whole answer.
    public var maxLatency: Duration?
    /// At least this expected quality, 0 to 1.
    public var requiredQuality: Double?
    /// At most these expected grams of CO2e, by the central estimate.
    public var maxCarbonGrams: Double?

    /// The limits that are given.
    public init(
        maxCost: Money? = nil,
        maxLatency: Duration? = nil,
        requiredQuality: Double? = nil,
        maxCarbonGrams: Double? = nil
    ) {
        self.maxCost = maxCost
        self.maxLatency = maxLatency
        self.requiredQuality = requiredQuality
        self.maxCarbonGrams = maxCarbonGrams
    }

    /// No limit at all.
    public static let none = Constraints()
}

/// One kind of limit, by its name on the wire, from the one that is kept longest to the one that is given up first.
public enum Constraint: String, CaseIterable, Hashable, Sendable, Codable {
    /// ``Constraints/maxCost``, in US dollars.
    case cost = "max_cost_usd"
    /// ``Constraints/requiredQuality``.
    case quality = "required_quality"
    /// ``Constraints/maxCarbonGrams``.
    case carbon = "max_carbon_g"
    /// ``Constraints/maxLatency``, in milliseconds.
    case latency = "max_latency_ms"
}

/// What to do when no model meets all constraints.
public enum RelaxPolicy: String, CaseIterable, Hashable, Sendable, Codable {
    /// Choose none and say which constraints bind.
    case refuse
    /// Loosen constraints just enough for one model to pass, and say which.
    ///
    /// Cost is kept longest, then quality, carbon and latency: each in turn keeps the models that meet it or, if none
    /// does, those nearest to it. So an impossible price is answered by the cheapest model, never by the dearest.
    case relax
}

/// Some of the constraints, as bits.
struct ConstraintSet: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ constraint: Constraint) {
        switch constraint {
        case .cost: rawValue = 1
        case .quality: rawValue = 2
        case .carbon: rawValue = 4
        case .latency: rawValue = 8
        }
    }

    /// The member that is kept longest.
    var first: Constraint? {
        if contains(ConstraintSet(.cost)) { return .cost }
        if contains(ConstraintSet(.quality)) { return .quality }
        if contains(ConstraintSet(.carbon)) { return .carbon }
        return contains(ConstraintSet(.latency)) ? .latency : nil
    }
}
