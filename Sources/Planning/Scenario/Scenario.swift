/// Hours to plan: how many requests come, what the grid emits, who asks, and what can serve them.
///
/// A scenario that exists can be planned: what makes no sense has been refused.
public struct Scenario: Hashable, Sendable {
    /// What was served in the hours before the first, which windows still reach back to; oldest first.
    public struct Past: Hashable, Sendable {
        /// Requests of each group, hour by hour.
        public var demand: [Double]
        /// The sum of the qualities at which they were served, in the same order.
        public var quality: [Double]

        /// What was served.
        public init(demand: [Double] = [], quality: [Double] = []) {
            self.demand = demand
            self.quality = quality
        }
    }

    /// What is asked of windows that reach beyond the last hour.
    public enum Ending: String, Hashable, Sendable, Codable {
        /// Nothing: the horizon is the end.
        case ignored
        /// That the part of them within the horizon keeps the promise alone.
        case insidePart
    }

    /// Requests, hour by hour and group by group.
    public let demand: [Double]
    /// Of these, the ones that surely come; the others may not, and no window counts on what they could be lifted by.
    ///
    /// A window that is short of quality is mended by serving hours to come at the best tier, and only as far as there are
    /// requests then. What a request has above its group's promise is counted for these alone.
    public let demandFloor: [Double]
    /// The grid's intensity in each hour, in g CO2e/kWh.
    public let intensity: [Double]
    /// The same for tiers that are served on another grid, by their places from the worst.
    public let tierIntensity: [Int: [Double]]
    /// The price of energy in each hour, in US dollars per kWh.
    public let energyPrice: [Double]
    /// Who asks.
    public let groups: [UserGroup]
    /// What serves them.
    public let fleet: PlanFleet
    /// The hours of every rolling window in which the promise of quality is kept.
    public let validityHours: Int
    /// The hours before.
    public let past: Past
    /// What is asked of windows that reach beyond the end.
    public let ending: Ending

    /// A scenario.
    ///
    /// - Parameters:
    ///   - demand: Requests, hour by hour and group by group.
    ///   - demandFloor: Those of them that surely come, at most as many; none is all of them.
    ///   - intensity: For each hour, in g CO2e/kWh.
    ///   - tierIntensity: The same for each tier that is served on another grid, by its place from the worst.
    ///   - energyPrice: For each hour, in US dollars per kWh; none is free energy.
    ///   - groups: Who asks.
    ///   - fleet: What serves them.
    ///   - validityHours: At least 1; more than there are hours counts as all of them.
    ///   - past: What was served before.
    ///   - ending: What is asked of windows that reach beyond the end.
    /// - Throws: ``ScenarioError``, which names what makes no sense.
    public init(
        demand: [Double],
        demandFloor: [Double] = [],
        intensity: [Double],
        tierIntensity: [Int: [Double]] = [:],
        energyPrice: [Double] = [],
        groups: [UserGroup],
        fleet: PlanFleet,
        validityHours: Int,
        past: Past = Past(),
        ending: Ending = .ignored
    ) throws(ScenarioError) {
        try fleet.check()
        try groups.check(against: fleet)
        guard !intensity.isEmpty else { throw .noHours }
        guard demand.count == intensity.count * groups.count else {
            throw .lengthsDiffer(hours: intensity.count, groups: groups.count, demand: demand.count)
        }
        guard energyPrice.isEmpty || energyPrice.count == intensity.count else {
            throw .pricesDiffer(hours: intensity.count, prices: energyPrice.count)
        }
        guard validityHours >= 1 else { throw .validity(validityHours) }
        try ScenarioError.check(demand, "demand", width: groups.count)
        let demandFloor = demandFloor.isEmpty ? demand : demandFloor
        guard demandFloor.count == demand.count else {
            throw .lengthsDiffer(hours: intensity.count, groups: groups.count, demand: demandFloor.count)
        }
        try ScenarioError.check(demandFloor, "sure demand", width: groups.count)
        try ScenarioError.check(intensity, "carbon intensity", width: 1)
        for (tier, values) in tierIntensity.sorted(by: { $0.key < $1.key }) {
            guard fleet.tiers.indices.contains(tier), values.count == intensity.count else {
                throw .tierIntensity(tier: tier, hours: values.count, expected: intensity.count)
            }
            try ScenarioError.check(values, "carbon intensity of the tier \(fleet.tiers[tier].name)", width: 1)
        }
        // Energy prices may be negative: they are on real markets.
        if let hour = energyPrice.firstIndex(where: { !$0.isFinite }) {
            throw .notANumber("energy price", hour: hour, value: energyPrice[hour])
        }
        try ScenarioError.check(past.demand, "past demand", width: groups.count)
        try ScenarioError.check(past.quality, "past quality", width: groups.count)
        guard past.demand.count == past.quality.count, past.demand.count.isMultiple(of: groups.count) else {
            throw .pastDiffers
        }
        guard past.demand.isEmpty || groups.allSatisfy({ $0.shares == nil }) else {
            throw .groups("a past knows no tiers: groups that are promised shares of them can't have one")
        }
        self.demand = demand
        self.demandFloor = zip(demandFloor, demand).map(min)
        self.intensity = intensity
        self.tierIntensity = tierIntensity
        self.energyPrice = energyPrice.isEmpty ? intensity.map { _ in 0 } : energyPrice
        self.groups = groups
        self.fleet = fleet
        self.validityHours = past.demand.isEmpty ? min(validityHours, intensity.count) : validityHours
        self.past = past
        self.ending = ending
        try checkCapacity()
    }

    /// A scenario whose groups share one demand by their weights.
    public init(
        totalDemand: [Double],
        intensity: [Double],
        tierIntensity: [Int: [Double]] = [:],
        energyPrice: [Double] = [],
        groups: [UserGroup],
        fleet: PlanFleet,
        validityHours: Int
    ) throws(ScenarioError) {
        try self.init(
            demand: totalDemand.flatMap { total in groups.map { total * $0.weight } },
            intensity: intensity,
            tierIntensity: tierIntensity,
            energyPrice: energyPrice,
            groups: groups,
            fleet: fleet,
            validityHours: validityHours
        )
    }

    /// How many hours there are.
    public var hourCount: Int { intensity.count }

    /// The intensity of the grid that a tier is served on, in g CO2e/kWh.
    public func intensity(hour: Int, tier: Int) -> Double { tierIntensity[tier]?[hour] ?? intensity[hour] }

    /// All requests of an hour.
    public func totalDemand(_ hour: Int) -> Double {
        var sum = 0.0
        for group in groups.indices { sum += demand[hour * groups.count + group] }
        return sum
    }

    /// Whether a group is always served at the best tier.
    func isPremium(_ group: Int) -> Bool {
        groups[group].shares == nil && groups[group].qualityLow >= fleet.tiers.last?.quality ?? 0
    }

    /// The requests of an hour that are always served at the best tier.
    func premiumDemand(_ hour: Int) -> Double {
        var sum = 0.0
        for group in groups.indices where isPremium(group) { sum += demand[hour * groups.count + group] }
        return sum
    }
}
