/// What a request takes of budgets: dollars, tokens, energy and greenhouse gas.
///
/// The same value is what is held for a request before it is sent, and what it turned out to take.
public struct Charge: Hashable, Sendable {
    /// What backends charge for it, failed attempts included.
    public var cost: Money
    /// Prompt and generated tokens, failed attempts included.
    public var tokens: Int64
    /// What it took in energy.
    public var energy: Energy
    /// What it emitted, by the central estimate.
    public var carbon: Carbon

    /// A charge of four amounts.
    public init(cost: Money = .zero, tokens: Int64 = 0, energy: Energy = .zero, carbon: Carbon = .zero) {
        self.cost = cost
        self.tokens = tokens
        self.energy = energy
        self.carbon = carbon
    }

    /// Nothing at all, such as for an answer from the cache.
    public static let zero = Charge()
    /// More than any budget has, by every measure.
    public static let unlimited = Charge(cost: .max, tokens: .max, energy: .max, carbon: .max)

    /// The sum, kind by kind, held at the range's end.
    public static func + (left: Charge, right: Charge) -> Charge {
        let (tokens, overflows) = left.tokens.addingReportingOverflow(right.tokens)
        return Charge(
            cost: left.cost + right.cost,
            tokens: overflows ? (left.tokens > 0 ? .max : .min) : tokens,
            energy: left.energy + right.energy,
            carbon: left.carbon + right.carbon
        )
    }

    /// Adds as ``+(_:_:)`` does.
    public static func += (left: inout Charge, right: Charge) { left = left + right }

    /// Whether no amount is larger than that of `limit`.
    public func fits(in limit: Charge) -> Bool {
        cost <= limit.cost && tokens <= limit.tokens && energy <= limit.energy && carbon <= limit.carbon
    }

    /// The amount that counts against a budget of `measure`, in its smallest unit; see ``Budget/Measure``.
    public subscript(measure: Budget.Measure) -> Int64 {
        switch measure {
        case .cost: cost.nanodollars
        case .tokens: tokens
        case .energy: energy.microjoules
        case .carbon: carbon.micrograms
        }
    }
}
