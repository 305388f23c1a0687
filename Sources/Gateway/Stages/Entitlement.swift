internal import Configuration
internal import Domain
internal import Routing
internal import Tenancy
internal import Wire

/// What a client's key allows, where a request asks for more or for nothing in particular.
extension Policy {
    /// The models that `auto` may choose from for `client`; `nil` for all.
    func autoModels(for client: Client) -> [ModelID]? {
        guard let allowed = client.policy.models else { return autoModels }
        return autoModels.map { $0.filter(allowed.contains) } ?? allowed.sorted()
    }

    /// The strategy of a request of `client` that names none: its key's, else the gateway's, else the first it may use.
    func defaultStrategy(for client: Client) -> Strategy {
        if let own = client.policy.defaultStrategy.flatMap(Strategy.init(rawValue:)) { return own }
        guard let allowed = client.policy.strategies, !allowed.contains(defaultStrategy.rawValue) else {
            return defaultStrategy
        }
        return allowed.sorted().lazy.compactMap(Strategy.init(rawValue:)).first ?? defaultStrategy
    }

    /// The router of a request of `client` that names none: its key's, unless that went with a reload, else the gateway's.
    func defaultRouter(for client: Client) -> String? {
        guard let own = client.policy.router else { return defaultRouter }
        if own == "none" { return nil }
        return routerNames.contains(own) ? own : defaultRouter
    }

    /// The router of requests that name none, of keys that have none: the one that is set, else the first there is.
    var defaultRouter: String? {
        guard let name = settings.routing.router else { return learnedRouters.first?.id }
        return routerNames.contains(name) ? name : nil
    }

    /// The strategy called `name`, if there is one and `client` may ask for it.
    func strategy(_ name: String, param: String, for client: Client) throws(GatewayError) -> Strategy {
        guard let strategy = Strategy(rawValue: name) else {
            let known = Strategy.allCases.map(\.rawValue)
            throw .invalid(.unknownName(name, noun: "strategy", param: param, known: known))
        }
        guard client.policy.allows(strategy: name) else {
            throw .invalid(.forbidden("This key may not ask for the strategy `\(name)`."))
        }
        return strategy
    }

    /// The index of the model called `name`, if there is one and `client` may use it.
    func index(ofModel name: String, for client: Client) -> Int? {
        guard let index = catalogue.index(of: name), client.mayUse(catalogue.models[index].id) else { return nil }
        return index
    }
}

extension Client {
    /// The tags of a request that brings `own`; those of its key win.
    func tags(with own: [String: String]) -> [String: String] {
        policy.tags.isEmpty ? own : own.merging(policy.tags) { _, fixed in fixed }
    }
}
