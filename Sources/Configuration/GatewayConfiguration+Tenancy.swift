public import Domain
public import Tenancy

/// Who may use the gateway and what they may take, in the words of the trade.
extension GatewayConfiguration {
    /// The organisations that the settings set up.
    public var organisations: [Organisation] {
        settings.organisations.map {
            Organisation(id: TenantID(rawValue: $0.id), name: $0.name ?? "", isDisabled: $0.isDisabled)
        }
    }

    /// The teams that the settings set up.
    public var teams: [Team] {
        settings.teams.map {
            Team(
                id: TeamID(rawValue: $0.id),
                organisation: TenantID(rawValue: $0.organisation),
                name: $0.name ?? ""
            )
        }
    }

    /// The keys that the settings declare, hashed by `hasher`; their texts come from the environment.
    public func declaredKeys(_ hasher: KeyHasher) -> [KeyRecord] {
        settings.keys.compactMap { key in secrets[key.secretVariable].flatMap { hasher.declared(key.order, text: $0) } }
    }

    /// The secret that the hashes of stored keys are made under; `nil` where none is set.
    public var keyPepper: Secret? { secrets[settings.keyPepperVariable] }

    /// The secret before that one; `nil` where there was none.
    public var previousKeyPepper: Secret? { settings.previousKeyPepperVariable.flatMap { secrets[$0] } }

    /// The password of the ledger's database; `nil` where none is set.
    public var ledgerPassword: Secret? { secrets[settings.ledger.passwordVariable] }

    /// The budgets that the settings set up.
    public var budgets: [Budget] { settings.budgets.map(\.budget) }

    /// The latency budgets that the settings set up.
    public var latencyBudgets: [LatencyBudget] { settings.latencyBudgets.map(\.budget) }

    /// The rate limits that the settings set up, those of keys apart.
    public var rateLimits: [RateLimit] { settings.rateLimits.map(\.rateLimit) }
}

extension Settings.ClientKey {
    fileprivate var order: KeyOrder {
        var order = KeyOrder(
            id: KeyID(rawValue: id),
            organisation: TenantID(rawValue: organisation),
            team: team.map(TeamID.init(rawValue:))
        )
        order.policy.models = models.isEmpty ? nil : Set(models.map { ModelID($0) })
        order.policy.strategies = strategies.isEmpty ? nil : Set(strategies)
        order.policy.defaultStrategy = defaultStrategy
        order.policy.router = router
        order.policy.limits = KeyLimits(
            requestsPerMinute: requestsPerMinute,
            tokensPerMinute: tokensPerMinute.map(Int64.init),
            concurrencyMax: concurrencyMax
        )
        order.policy.tags = tags.map(Settings.tag).reduce(into: [:]) { $0[$1.name] = $1.value }
        order.policy.priority = priority
        order.policy.weight = weight
        order.expiresUnixMilliseconds = expires.flatMap(Settings.unixMilliseconds)
        order.isDisabled = isDisabled
        order.note = note ?? ""
        return order
    }
}
