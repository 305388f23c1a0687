public import Domain

/// What another way to serve the same requests would have taken, beside what was charged.
///
/// The other way pays for answers alone. What was charged includes failed attempts, and answers that never came; a hit of
/// the cache was charged nothing.
public struct Saving: Hashable, Sendable {
    /// How many requests are compared.
    public var count = 0
    /// What the other way would have cost.
    public var otherCost = Money.zero
    /// What was charged.
    public var cost = Money.zero
    /// The standard deviation of one request's saving, in dollars.
    public var costDeviation: Double?
    /// What the other way would have emitted, by the central estimate.
    public var otherCarbon = Carbon.zero
    /// What was emitted, by the central estimate.
    public var carbon = Carbon.zero
    /// The standard deviation of one request's saving, in grams.
    public var carbonDeviation: Double?

    /// Nothing compared.
    public init() {}

    /// The dollars saved; less than nothing where the other way would have been cheaper.
    public var savedCost: Money { otherCost - cost }

    /// The carbon saved; less than nothing where the other way would have emitted less.
    public var savedCarbon: Carbon { otherCarbon + Carbon(micrograms: -carbon.micrograms) }
}
