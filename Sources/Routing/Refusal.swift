public import Domain

/// Why no model was chosen.
public enum Refusal: Error, Hashable, Sendable {
    /// No model of the catalogue offers what the request needs; waiting does not help.
    case unserved
    /// Models that would do are switched off or cooling down; the first one is back at this instant, if that is known.
    case unavailable(until: UInt64?)
    /// Budgets have too little left, by this measure, for any model that would do.
    case overBudget(Budget.Measure)
    /// No available model meets all constraints; these are the ones that bind.
    case constrained([BindingConstraint])
}

/// A constraint that at least one otherwise suitable model misses, and how near the fleet comes to it.
public struct BindingConstraint: Hashable, Sendable {
    /// Which one.
    public let constraint: Constraint
    /// The request's limit, in the unit of the constraint's name.
    public let limit: Double
    /// The best that any suitable model offers, in the same unit.
    public let nearest: Double
    /// That model's place in the catalogue.
    public let nearestIndex: Int
    /// How many suitable models meet this constraint.
    public let meetingCount: Int
    /// How many suitable models there are.
    public let suitableCount: Int
}
