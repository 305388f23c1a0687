public import Domain

/// What budgets leave for one request, and how dear they make what it takes.
///
/// A model whose hold does not fit is no candidate, so a request near the end of a budget gets a cheaper model or none,
/// never a dearer one. Prices above 1 come from pacing: they move the choice before a budget is gone.
public struct Purse: Hashable, Sendable {
    /// How many times its usual worth each measure is worth saving; 1 where no paced budget is short.
    public struct Prices: Hashable, Sendable {
        /// Of dollars.
        public var cost: Double
        /// Of greenhouse gas.
        public var carbon: Double
        /// Of time.
        public var latency: Double

        /// Prices of each measure, 1 or more.
        public init(cost: Double = 1, carbon: Double = 1, latency: Double = 1) {
            self.cost = cost
            self.carbon = carbon
            self.latency = latency
        }

        /// What everything is worth without budgets.
        public static let usual = Prices()
    }

    /// What is left, by measure, in the tightest of the budgets that every model of this request falls under.
    public var left: Charge
    /// The same for budgets of single models, by their places in the catalogue.
    public var leftByModel: [Int: Charge]
    /// Tokens of the prompt that a hold is made for.
    public var inputTokens: Int
    /// Tokens of the answer that a hold is made for at least.
    public var outputTokens: Int
    /// What pacing makes of each measure.
    public var prices: Prices

    /// A purse of `left`, for a request that holds so many tokens.
    public init(
        left: Charge,
        leftByModel: [Int: Charge] = [:],
        inputTokens: Int,
        outputTokens: Int,
        prices: Prices = .usual
    ) {
        self.left = left
        self.leftByModel = leftByModel
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.prices = prices
    }

    /// The first measure of which `need` is more than what is left for the model at `index`.
    func shortMeasure(of need: Charge, at index: Int) -> Budget.Measure? {
        let own = leftByModel[index] ?? .unlimited
        return Budget.Measure.allCases.first { need[$0] > min(left[$0], own[$0]) }
    }
}
