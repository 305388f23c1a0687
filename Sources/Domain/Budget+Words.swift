extension Budget.Scope {
    /// The scope that settings, the API and the ledger call `kind`, of `name`; `nil` where there is no such kind, or it
    /// lacks a name.
    public init?(kind: String, name: String?) {
        switch (kind, name) {
        case ("everyone", _): self = .everyone
        case ("organisation", let name?): self = .organisation(TenantID(rawValue: name))
        case ("team", let name?): self = .team(TeamID(rawValue: name))
        case ("key", let name?): self = .key(KeyID(rawValue: name))
        case ("tag", let name?): self = .tag(name)
        case ("model", let name?): self = .model(ModelID(name))
        default: return nil
        }
    }

    /// What ``init(kind:name:)`` makes it from.
    public var words: (kind: String, name: String?) {
        switch self {
        case .everyone: ("everyone", nil)
        case .organisation(let id): ("organisation", id.rawValue)
        case .team(let id): ("team", id.rawValue)
        case .key(let id): ("key", id.rawValue)
        case .tag(let tag): ("tag", tag)
        case .model(let id): ("model", id.rawValue)
        }
    }

    /// For people: `team web`.
    public var text: String { words.name.map { "\(words.kind) \($0)" } ?? words.kind }
}
