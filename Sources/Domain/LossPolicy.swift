/// What a replica does about budgets that it shares while the database that it shares them through is away.
public enum LossPolicy: String, CaseIterable, Hashable, Sendable, Codable {
    /// Refuses at once what a shared budget pays for.
    case refuse
    /// Goes on within what it has leased, until its lease ends.
    case leaseOnly = "lease-only"
    /// Goes on by the caps as far as it knows what others took: they may be overspent.
    case open
}
