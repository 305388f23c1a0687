public import Domain

/// Who pays: the top of organisation → team → key.
public struct Organisation: Hashable, Sendable {
    /// Its name in the ledger and in budgets.
    public let id: TenantID
    /// What people call it.
    public var name: String
    /// Whether all of its keys are refused for now.
    public var isDisabled: Bool

    /// An organisation.
    public init(id: TenantID, name: String = "", isDisabled: Bool = false) {
        self.id = id
        self.name = name
        self.isDisabled = isDisabled
    }
}

/// Those within an organisation who share budgets and keys.
public struct Team: Hashable, Sendable {
    /// Its name in the ledger and in budgets, unique among all organisations' teams.
    public let id: TeamID
    /// The organisation that it belongs to.
    public var organisation: TenantID
    /// What people call it.
    public var name: String

    /// A team.
    public init(id: TeamID, organisation: TenantID, name: String = "") {
        self.id = id
        self.organisation = organisation
        self.name = name
    }
}
