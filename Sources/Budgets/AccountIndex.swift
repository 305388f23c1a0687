internal import Domain

/// Which accounts a request falls under: their places in a ``BudgetState``, by scope.
struct AccountIndex: Sendable {
    private struct Places: Sendable {
        var accounts: [Int] = []
        var latencies: [Int] = []
    }

    /// Changes with each index, so that an ``AccountSet`` of another one is known.
    let version: Int
    private var everyone = Places()
    /// The other scopes but models.
    private var payers: [Budget.Scope: Places] = [:]
    private var models: [ModelID: Places] = [:]

    /// The index of no accounts.
    init() { version = 0 }

    /// The index of these accounts.
    init(_ accounts: [Account], _ latencies: [LatencyAccount], version: Int) {
        self.version = version
        for (place, account) in accounts.enumerated() {
            change(account.budget.scope) { $0.accounts.append(place) }
        }
        for (place, account) in latencies.enumerated() {
            change(account.budget.scope) { $0.latencies.append(place) }
        }
    }

    private mutating func change(_ scope: Budget.Scope, _ change: (inout Places) -> Void) {
        switch scope {
        case .everyone: change(&everyone)
        case .model(let model): change(&models[model, default: Places()])
        case .organisation, .team, .key, .tag: change(&payers[scope, default: Places()])
        }
    }

    /// The accounts of a payer and tags, whatever the model.
    func resolve(_ payer: Payer, tags: [String]) -> AccountSet {
        var places = everyone
        if !payers.isEmpty {
            for found in AccountSet.scopes(payer: payer, tags: tags).compactMap({ payers[$0] }) {
                places.accounts += found.accounts
                places.latencies += found.latencies
            }
        }
        return AccountSet(
            payer: payer,
            tags: tags,
            version: version,
            accounts: places.accounts,
            latencies: places.latencies
        )
    }

    /// `set`, or what it is by this index.
    func current(_ set: AccountSet) -> AccountSet {
        set.version == version ? set : resolve(set.payer, tags: set.tags)
    }

    /// The accounts of `set` and those of `model`.
    func accounts(of set: AccountSet, model: ModelID?) -> [Int] {
        guard !models.isEmpty, let model, let places = models[model] else { return set.accounts }
        return set.accounts + places.accounts
    }

    /// The latency accounts of `set` and those of `model`.
    func latencies(of set: AccountSet, model: ModelID?) -> [Int] {
        guard !models.isEmpty, let model, let places = models[model] else { return set.latencies }
        return set.latencies + places.latencies
    }
}
