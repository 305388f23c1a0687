public import Domain

/// The budgets that a request falls under whatever model it goes to: those of everyone, and of its organisation, team,
/// key and tags.
///
/// Resolved once for a request by ``BudgetBook/accounts(for:tags:)``, and good beyond a reload: the book notices that it
/// is out of date and resolves it anew.
public final class AccountSet: Sendable {
    /// Who pays.
    public let payer: Payer
    /// The request's tags.
    public let tags: [String]
    /// Which state of the book the places below belong to.
    let version: Int
    /// Places of accounts.
    let accounts: [Int]
    /// Places of latency accounts.
    let latencies: [Int]

    init(payer: Payer, tags: [String], version: Int, accounts: [Int], latencies: [Int]) {
        self.payer = payer
        self.tags = tags
        self.version = version
        self.accounts = accounts
        self.latencies = latencies
    }

    /// The scopes that the request counts for, besides everyone's and its model's.
    static func scopes(payer: Payer, tags: [String]) -> [Budget.Scope] {
        var scopes: [Budget.Scope] = [.organisation(payer.organisation)]
        if let team = payer.team { scopes.append(.team(team)) }
        if let key = payer.key { scopes.append(.key(key)) }
        // A tag given twice is one tag.
        for (index, tag) in tags.enumerated() where !tags[..<index].contains(tag) { scopes.append(.tag(tag)) }
        return scopes
    }
}
