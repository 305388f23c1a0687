internal import Domain

/// What a plan wants of each hour: the share of each tier for each group, and what quality costs.
///
/// It never changes: the next plan is another value.
struct Quotas: Hashable, Sendable {
    /// The number of the plan in the ledger.
    let plan: Int64
    /// When it was made, in milliseconds since 1970 UTC.
    let madeAt: Int64
    /// Why it was made then.
    let reason: String
    /// The first hour, counted since 1970 UTC.
    let firstHour: Int
    /// The tiers, the lowest first.
    let tiers: [Tier]
    /// The names of the groups.
    let groups: [String]
    /// Of each hour, group and tier the share of the group's requests; those of a group add up to 1.
    private(set) var shares: [Double]
    /// How many requests are foreseen, hour by hour and group by group.
    let demand: [Double]
    /// What another unit of a request's quality costs, likewise, in the metric's unit: its shadow price.
    let prices: [Double]
    /// What is left to do of the hour in which the plan was made, group by group and tier by tier.
    private var rest: Rest?
    /// What the grid was foreseen to emit in each hour, in g CO2e/kWh.
    let intensity: [Double]

    /// What is left of an hour in which some requests had been served.
    private struct Rest: Hashable {
        let hour: Int
        /// Shares of the requests that are still to come.
        var toCome: [Double] = []
        /// Shares of all of its requests, if these get theirs: what was served can't be taken back.
        var inAll: [Double] = []
    }

    /// How many hours there are: at least a day of them.
    var hourCount: Int { intensity.count }

    /// The quotas of these hours.
    ///
    /// - Precondition: There is an hour, and a value for each hour, group and tier.
    init(
        plan: Int64,
        madeAt: Int64,
        reason: String,
        firstHour: Int,
        tiers: [Tier],
        groups: [String],
        shares: [Double],
        demand: [Double],
        prices: [Double],
        intensity: [Double]
    ) {
        precondition(!intensity.isEmpty && shares.count == intensity.count * groups.count * tiers.count)
        precondition(demand.count == intensity.count * groups.count && prices.count == demand.count)
        self.plan = plan
        self.madeAt = madeAt
        self.reason = reason
        self.firstHour = firstHour
        self.tiers = tiers
        self.groups = groups
        self.shares = shares
        self.demand = demand
        self.prices = prices
        self.intensity = intensity
        rest = nil
    }

    /// The place of an hour: of one behind the last, that of the same time of day on the last day.
    func place(of hour: Int) -> Int {
        let place = hour - firstHour
        if place < hourCount { return max(place, 0) }
        let day = min(24, hourCount)
        return hourCount - day + (place - hourCount) % day
    }

    /// The tiers' shares in a whole hour for the group at `group`.
    func shares(hour: Int, group: Int) -> [Double] {
        let start = (place(of: hour) * groups.count + group) * tiers.count
        return Array(shares[start..<start + tiers.count])
    }

    /// The tiers' shares among the requests of an hour that are still to come.
    func sharesToCome(hour: Int, group: Int) -> [Double] {
        guard let rest, rest.hour == hour else { return shares(hour: hour, group: group) }
        return Array(rest.toCome[group * tiers.count..<(group + 1) * tiers.count])
    }

    /// The tiers' shares that an hour comes to, with what had been served of it when the plan was made.
    func sharesInAll(hour: Int, group: Int) -> [Double] {
        guard let rest, rest.hour == hour else { return shares(hour: hour, group: group) }
        return Array(rest.inAll[group * tiers.count..<(group + 1) * tiers.count])
    }

    /// The same for one that was made within an hour: what tiers have had of it is taken off what they are to have.
    ///
    /// - Parameters:
    ///   - hour: The hour.
    ///   - placed: By group, how many of its requests each tier was given so far.
    /// - Returns: The same shares of whole hours, and others of what is to come of this one.
    func resuming(_ hour: Int, after placed: [String: [Int]]) -> Quotas {
        var rest = Rest(hour: hour)
        for group in groups.indices {
            let shares = shares(hour: hour, group: group)
            guard let placed = placed[groups[group]], placed.count == tiers.count else {
                rest.toCome += shares
                rest.inAll += shares
                continue
            }
            let given = Double(placed.reduce(0, +))
            let count = max(demand(hour: hour, group: group), given + 1)
            let left = zip(shares, placed).map { max($0 * count - Double($1), 0) }
            let sum = left.reduce(0, +)
            // As many come as are foreseen, whatever some tiers have had too much of.
            rest.toCome += left.map { $0 / sum }
            rest.inAll += zip(left, placed).map { ($0 / sum * (count - given) + Double($1)) / count }
        }
        var resumed = self
        resumed.rest = rest
        return resumed
    }

    /// What is foreseen of the group at `group`.
    func demand(hour: Int, group: Int) -> Double { demand[place(of: hour) * groups.count + group] }

    /// The shadow price of the group at `group`.
    func price(hour: Int, group: Int) -> Double { prices[place(of: hour) * groups.count + group] }

    /// The same, but an hour as `old` has it, if none of its shares differs by more than `hysteresis`.
    func keeping(_ hour: Int, of old: Quotas?, unlessBeyond hysteresis: Double) -> Quotas {
        guard let old, old.tiers == tiers, old.groups == groups else { return self }
        var kept = self
        for group in groups.indices {
            let (before, now) = (old.shares(hour: hour, group: group), shares(hour: hour, group: group))
            guard zip(before, now).allSatisfy({ abs($0 - $1) <= hysteresis }) else { continue }
            let start = (place(of: hour) * groups.count + group) * tiers.count
            kept.shares.replaceSubrange(start..<start + tiers.count, with: before)
        }
        return kept
    }
}
