public import Domain

/// What a request may take before a budget ends, and how dear each measure is so that the budgets last.
public struct Headroom: Hashable, Sendable {
    /// The least that is left, by measure: never negative, and the range's end where nothing limits it.
    public private(set) var left = Charge.unlimited
    /// What a request that cannot be stopped should hold at most for a case that is not likely; see ``HoldPolicy``.
    public private(set) var spare = Charge.unlimited
    /// Factors on the worth of a dollar, token, joule and gram, 1 or more; see ``PacingPrice``.
    public private(set) var prices = ShadowPrices()
    /// Of the budget of dollars of which the least share is left, that share, and the share of its window that is to come; 1 where
    /// there is none, or no end of it.
    public private(set) var dollars = Share()
    /// The tightest limit whose allowance of slow answers is used up: models that are not expected to keep it are out.
    public private(set) var latencyMax: Duration?

    /// What is left of a budget and of the time that it is for, 0 to 1 each.
    public struct Share: Hashable, Sendable {
        /// Of the budget.
        public var left = 1.0
        /// Of the time.
        public var time = 1.0
    }

    /// Room for anything.
    public static let unlimited = Headroom()

    mutating func limit(_ measure: Budget.Measure, left room: Int64, spare more: Int64, price: Double) {
        left.lower(measure, to: max(room, 0))
        spare.lower(measure, to: max(more, 0))
        prices.raise(measure, to: price)
    }

    mutating func limit(dollarsLeft share: Double, time: Double) {
        if share < dollars.left { dollars = Share(left: min(max(share, 0), 1), time: min(max(time, 0), 1)) }
    }

    mutating func limit(latency: Duration) { latencyMax = min(latencyMax ?? latency, latency) }
}

extension Charge {
    /// Makes the amount of `measure` no larger than `limit`.
    fileprivate mutating func lower(_ measure: Budget.Measure, to limit: Int64) {
        switch measure {
        case .cost: cost = Swift.min(cost, Money(nanodollars: limit))
        case .tokens: tokens = Swift.min(tokens, limit)
        case .energy: energy = Swift.min(energy, Energy(microjoules: limit))
        case .carbon: carbon = Swift.min(carbon, Carbon(micrograms: limit))
        }
    }
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
