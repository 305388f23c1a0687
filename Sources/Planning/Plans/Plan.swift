/// How many requests of each group each tier serves in each hour, with which machines, and how good that provably is.
public struct Plan: Hashable, Sendable, Codable {
    /// What was asked for.
    public let goal: PlanGoal
    /// User groups, tiers and machine types.
    public let groupCount: Int
    /// Tiers.
    public let tierCount: Int
    /// Machine types.
    public let machineCount: Int
    /// Requests served: hour by hour, group by group, tier by tier; `a` in the original.
    public let allocations: [Double]
    /// Machines switched on: hour by hour, tier by tier, type by type; `d` in the original.
    public let machines: [Double]
    /// What the plan spends of the goal's metric.
    public let cost: Double
    /// The quality of responses that the plan was made for.
    public let target: Double
    /// What no plan beats: a lower bound of the cost, or an upper bound of the quality of responses.
    public let bound: Double
    /// What another unit of quality costs in each hour, in the goal's metric: its shadow price, group by group.
    public let qualityPrices: [Double]
    /// What it took to find it.
    public let effort: PlanEffort

    private enum CodingKeys: String, CodingKey {
        case goal, groupCount, tierCount, machineCount, cost, target, bound, qualityPrices, effort
        // As the original's results call them.
        case allocations = "a_"
        case machines = "d_"
    }

    /// A plan.
    init(
        goal: PlanGoal,
        scenario: Scenario,
        allocations: [Double],
        machines: [Double],
        cost: Double,
        target: Double,
        bound: Double,
        qualityPrices: [Double],
        effort: PlanEffort
    ) {
        self.goal = goal
        groupCount = scenario.groups.count
        tierCount = scenario.fleet.tiers.count
        machineCount = scenario.fleet.machines.count
        self.allocations = allocations
        self.machines = machines
        self.cost = cost
        self.target = target
        self.bound = bound
        self.qualityPrices = qualityPrices
        self.effort = effort
    }

    /// How many hours are planned.
    public var hourCount: Int { allocations.count / max(groupCount * tierCount, 1) }

    /// How far the plan may be from the best there is, as a share: of the cost, or of the quality of responses.
    public var gap: Double {
        switch goal {
        case .least: cost > 0 ? max(0, cost - bound) / max(bound, .leastNormalMagnitude) : 0
        case .bestQuality: max(0, bound - target)
        }
    }

    /// Requests of a group that a tier serves in an hour.
    public func served(hour: Int, group: Int, tier: Int) -> Double {
        allocations[(hour * groupCount + group) * tierCount + tier]
    }

    /// Machines of a type that serve a tier in an hour.
    public func machines(hour: Int, tier: Int, type: Int) -> Double {
        machines[(hour * tierCount + tier) * machineCount + type]
    }
}

/// What it took to find a plan.
public struct PlanEffort: Hashable, Sendable, Codable {
    /// The strategy's name.
    public var strategy: String
    /// Seconds from beginning to end.
    public var seconds: Double
    /// Pivots of the simplex method.
    public var pivotCount: Int
    /// Why the search ended before its end, if it did.
    public var remark: String?

    /// An effort.
    public init(strategy: String, seconds: Double, pivotCount: Int, remark: String? = nil) {
        self.strategy = strategy
        self.seconds = seconds
        self.pivotCount = pivotCount
        self.remark = remark
    }
}
