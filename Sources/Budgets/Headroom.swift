public import Domain

/// What a request may take before a budget ends, and how dear each measure is so that the budgets last.
public struct Headroom: Hashable, Sendable {
    /// The least that is left, by measure: never negative, and the range's end where nothing limits it.
    public private(set) var left = Charge.unlimited
    /// Factors on the worth of a dollar, token, joule and gram, 1 or more; see ``PacingPrice``.
    public private(set) var prices = ShadowPrices()
    /// The tightest limit whose allowance of slow answers is used up: models that are not expected to keep it are out.
    public private(set) var latencyMax: Duration?

    /// Room for anything.
    public static let unlimited = Headroom()

    mutating func limit(_ measure: Budget.Measure, to room: Int64, price: Double) {
        let room = max(room, 0)
        switch measure {
        case .cost: left.cost = min(left.cost, Money(nanodollars: room))
        case .tokens: left.tokens = min(left.tokens, room)
        case .energy: left.energy = min(left.energy, Energy(microjoules: room))
        case .carbon: left.carbon = min(left.carbon, Carbon(micrograms: room))
        }
        prices.raise(measure, to: price)
    }

    mutating func limit(latency: Duration) { latencyMax = min(latencyMax ?? latency, latency) }
}

/// The shadow price of each measure: the highest among the budgets concerned.
public struct ShadowPrices: Hashable, Sendable {
    /// Of a dollar.
    public private(set) var cost = 1.0
    /// Of a token.
    public private(set) var tokens = 1.0
    /// Of a joule.
    public private(set) var energy = 1.0
    /// Of a gram.
    public private(set) var carbon = 1.0

    /// The price of `measure`.
    public subscript(measure: Budget.Measure) -> Double {
        switch measure {
        case .cost: cost
        case .tokens: tokens
        case .energy: energy
        case .carbon: carbon
        }
    }

    mutating func raise(_ measure: Budget.Measure, to price: Double) {
        switch measure {
        case .cost: cost = max(cost, price)
        case .tokens: tokens = max(tokens, price)
        case .energy: energy = max(energy, price)
        case .carbon: carbon = max(carbon, price)
        }
    }
}
