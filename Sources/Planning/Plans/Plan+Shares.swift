extension Plan {
    private static let leastShare = 1e-9

    /// The shares in which tiers serve a group's requests of an hour: what a gateway, which does not know how many will
    /// come, can keep to.
    ///
    /// Of an hour in which the plan expects nothing of the group it says the best tier: requests that come all the same
    /// are few, and can't break a promise then.
    ///
    /// - Returns: A share of 0 to 1 for each tier from the worst; they add up to 1.
    public func shares(hour: Int, group: Int) -> [Double] {
        let served = (0..<tierCount).map { self.served(hour: hour, group: group, tier: $0) }
        let total = served.reduce(0, +)
        guard total > 0 else { return (0..<tierCount).map { $0 == tierCount - 1 ? 1 : 0 } }
        // What is left of a sum by rounding is no share.
        let shares = served.map { $0 > Self.leastShare * total ? $0 / total : 0 }
        let sum = shares.reduce(0, +)
        return shares.map { $0 / sum }
    }

    /// What another unit of quality is worth in an hour, in the goal's metric: the shadow price of all windows that it
    /// counts for.
    ///
    /// A request is worth serving better if that costs less than this times what its quality gains. It is 0 where nothing
    /// that is promised needs the hour.
    public func qualityPrice(hour: Int, group: Int) -> Double { qualityPrices[hour * groupCount + group] }
}

extension PlanTier.Purchase {
    private static let joulesPerKilowattHour = 3.6e6
    private static let nanodollarsPerDollar = 1e9

    /// What a request costs, in the units of meters and ledgers.
    ///
    /// - Parameters:
    ///   - joules: Energy that the seller spends on a request.
    ///   - embodiedGrams: The share of building its machines, in grams of CO2e.
    ///   - nanodollars: Its price.
    public init(joules: Double, embodiedGrams: Double = 0, nanodollars: Double) {
        self.init(
            kilowattHours: joules / Self.joulesPerKilowattHour,
            embodiedGrams: embodiedGrams,
            dollars: nanodollars / Self.nanodollarsPerDollar
        )
    }
}
