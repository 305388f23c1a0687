/// The name of a virtual key: what the ledger, logs and budgets know it by; never the key itself.
public struct KeyID: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    /// The name as configured or drawn when the key was made.
    public let rawValue: String

    /// The key called `rawValue`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The value as people read it.
    public var description: String { rawValue }
}

/// A team within an organisation.
public struct TeamID: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    /// The name as configured.
    public let rawValue: String

    /// The team called `rawValue`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The value as people read it.
    public var description: String { rawValue }
}

/// Who pays for a request: organisation → team → key.
public struct Payer: Hashable, Sendable {
    /// The organisation; ``TenantID/anonymous`` where the gateway asks for no key.
    public let organisation: TenantID
    /// The team, where the key belongs to one.
    public let team: TeamID?
    /// The key; `nil` where the gateway asks for none.
    public let key: KeyID?

    /// A payer by name.
    public init(organisation: TenantID, team: TeamID? = nil, key: KeyID? = nil) {
        self.organisation = organisation
        self.team = team
        self.key = key
    }

    /// Whoever comes, where no keys are set up.
    public static let anonymous = Payer(organisation: .anonymous)
}
