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
    /// How shadow prices move.
    public var pacing: PacingPrice.Settings

    /// Settings; a hold's time is held to 1 millisecond or more.
    public init(
        holdMillisecondsMax: Int64 = 3_600_000,
        expiry: Expiry = .charge,
        pacing: PacingPrice.Settings = PacingPrice.Settings()
    ) {
        self.holdMillisecondsMax = max(holdMillisecondsMax, 1)
        self.expiry = expiry
        self.pacing = pacing
    }
}
