public import Domain

/// Requests of one hour that were the gateway's to choose a model for, added up.
public struct DemandRow: Hashable, Sendable {
    /// Hours since 1970 UTC.
    public var hour: Int
    /// The planner's group; empty of requests from before anybody planned.
    public var group: String
    /// What the requests were taken to need; `nil` where that was not told.
    public var capability: Capability?
    /// The model that answered; `nil` where none did.
    public var model: ModelID?
    /// How many there were.
    public var requests: Int
    /// Their energy at the wall, in kWh.
    public var kilowattHours: Double
    /// Their share of building the machines.
    public var embodied: Carbon
    /// What they cost.
    public var cost: Money

    /// A row.
    public init(
        hour: Int,
        group: String,
        capability: Capability? = nil,
        model: ModelID? = nil,
        requests: Int,
        kilowattHours: Double = 0,
        embodied: Carbon = .zero,
        cost: Money = .zero
    ) {
        self.hour = hour
        self.group = group
        self.capability = capability
        self.model = model
        self.requests = requests
        self.kilowattHours = kilowattHours
        self.embodied = embodied
        self.cost = cost
    }
}

/// A plan as the ledger keeps it.
public struct PlanRow: Hashable, Sendable {
    /// Counts plans from 1.
    public var number: Int64
    /// When it was made.
    public var madeUnixMilliseconds: Int64
    /// Why it was made then.
    public var reason: String
    /// What it says, and what it was made from: JSON.
    public var document: String
}

/// What the plan in force wanted of one tier in one hour.
public struct PlannedShare: Hashable, Sendable {
    /// Hours since 1970 UTC.
    public var hour: Int
    /// The planner's group.
    public var group: String
    /// The tier.
    public var tier: Tier
    /// The number of the plan.
    public var plan: Int64
    /// The tier's share of the group's requests, 0 to 1.
    public var share: Double
    /// How many requests of the group were foreseen.
    public var expectedRequests: Double

    /// A share.
    public init(hour: Int, group: String, tier: Tier, plan: Int64, share: Double, expectedRequests: Double) {
        self.hour = hour
        self.group = group
        self.tier = tier
        self.plan = plan
        self.share = share
        self.expectedRequests = expectedRequests
    }
}
