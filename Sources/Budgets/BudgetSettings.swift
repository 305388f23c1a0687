/// How a ``BudgetBook`` treats holds and paces budgets.
public struct BudgetSettings: Hashable, Sendable {
    /// What becomes of a hold that nobody settled in time.
    public enum Expiry: String, CaseIterable, Hashable, Sendable, Codable {
        /// It counts as spent, until a late settlement says better: never too little.
        case charge
        /// It is given back, until a late settlement says better: a lost request costs nothing.
        case release
    }

    /// A hold that is older expires, in milliseconds; longer than any request may take.
    public var holdMillisecondsMax: Int64
    /// What becomes of it then.
    public var expiry: Expiry
    /// A request that cannot be stopped holds up to one of so many parts of what is left for an unlikely case.
    public var spareParts: Int64
    /// How shadow prices move.
    public var pacing: PacingPrice.Settings

    /// Settings; a hold's time and the parts are held to 1 or more.
    public init(
        holdMillisecondsMax: Int64 = 3_600_000,
        expiry: Expiry = .charge,
        spareParts: Int64 = 16,
        pacing: PacingPrice.Settings = PacingPrice.Settings()
    ) {
        self.holdMillisecondsMax = max(holdMillisecondsMax, 1)
        self.expiry = expiry
        self.spareParts = max(spareParts, 1)
        self.pacing = pacing
    }
}
