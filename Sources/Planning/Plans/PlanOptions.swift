/// How a plan is searched for.
public struct PlanOptions: Hashable, Sendable, Codable {
    /// Whether a part of a machine can be switched on.
    public var isRelaxed: Bool
    /// The longest that it may take, in seconds.
    public var secondsMax: Double
    /// How far from its bound a plan is good enough, as a share of the cost.
    public var gap: Double
    /// Trades between hours that are tried for each hour; `nil` tries more the more hours there are to trade with.
    public var tradesPerHour: Int?
    /// Decides the order of trades.
    public var seed: UInt64

    /// Options.
    public init(
        isRelaxed: Bool = false,
        secondsMax: Double = 3600,
        gap: Double = 0,
        tradesPerHour: Int? = nil,
        seed: UInt64 = 0
    ) {
        self.isRelaxed = isRelaxed
        self.secondsMax = secondsMax
        self.gap = gap
        self.tradesPerHour = tradesPerHour
        self.seed = seed
    }

    /// Trades for each of so many hours: 252 for a week and 390 for a month keep them below 0.1 s and 1 s of a slow core.
    func trades(hours: Int) -> Int { max(tradesPerHour ?? min(210 + hours / 4, 400), 0) }
}

/// How far a search is.
public struct PlanProgress: Hashable, Sendable {
    /// What is done of it, 0 to 1, never less than before.
    ///
    /// Of the trades of all targets that may be tried, or of the hours of a strategy that goes hour by hour.
    public let share: Double
    /// What the best plan at hand spends, in the goal's metric; `nil` hour by hour.
    public let cost: Double?
    /// What no plan spends less than; `nil` hour by hour.
    public let bound: Double?
}
