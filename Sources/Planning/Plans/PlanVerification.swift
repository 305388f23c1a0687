/// What a plan does, recomputed from the scenario alone, and every promise that it breaks.
///
/// Shares no code with what makes plans: windows, costs and qualities are counted again, in the plainest way there is.
public struct PlanVerification: Hashable, Sendable, Codable {
    /// Grams of CO2e.
    public private(set) var grams = 0.0
    /// The same, hour by hour.
    public private(set) var hourlyGrams: [Double] = []
    /// Energy in kWh, the building's share included.
    public private(set) var kilowattHours = 0.0
    /// US dollars; energy at a negative price counts as free.
    public private(set) var dollars = 0.0
    /// The quality of responses of the worst window of all groups, 0 to 1 where the promise is a range.
    public private(set) var quality = 1.0
    /// The quality of responses of each window: the worst group's.
    public private(set) var windowQualities: [Double] = []
    /// The share of requests that each tier serves.
    public private(set) var tierShares: [Double] = []
    /// What is wrong, in sentences; the first few of each kind.
    public private(set) var violations: [String] = []

    /// Numbers that differ by less than this share are the same: the solver's tolerance is 1e-7.
    private static let tolerance = 1e-6

    /// Checks a plan against its scenario.
    ///
    /// - Parameters:
    ///   - plan: The plan.
    ///   - scenario: What it was made for.
    ///   - isRelaxed: Whether parts of machines are allowed.
    public init(_ plan: Plan, of scenario: Scenario, isRelaxed: Bool) {
        let (hours, groups) = (scenario.intensity.count, scenario.groups.count)
        let (tiers, types) = (scenario.fleet.tiers.count, scenario.fleet.machines.count)
        guard plan.allocations.count == hours * groups * tiers, plan.machines.count == hours * tiers * types else {
            violations = ["the plan is for other hours, groups, tiers or machines than the scenario"]
            return
        }
        guard (plan.allocations + plan.machines).allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            violations = ["the plan has a negative number, or none"]
            return
        }
        tierShares = Array(repeating: 0, count: tiers)
        for hour in 0..<hours {
            checkDemand(plan, scenario, hour)
            let before = grams
            checkMachines(plan, scenario, hour, isRelaxed: isRelaxed)
            hourlyGrams.append(grams - before)
        }
        let total = tierShares.reduce(0, +)
        if total > 0 { for tier in 0..<tiers { tierShares[tier] /= total } }
        checkWindows(plan, scenario)
        checkCost(plan)
    }

    private mutating func report(_ violation: String) {
        // The first say what is wrong; a year of them says no more.
        if violations.count < 20 { violations.append(violation) }
    }

    private mutating func checkDemand(_ plan: Plan, _ scenario: Scenario, _ hour: Int) {
        for group in scenario.groups.indices {
            let demand = scenario.demand[hour * scenario.groups.count + group]
            var served = 0.0
            for tier in scenario.fleet.tiers.indices {
                served += plan.served(hour: hour, group: group, tier: tier)
                tierShares[tier] += plan.served(hour: hour, group: group, tier: tier)
            }
            if abs(served - demand) > Self.tolerance * max(demand, 1) {
                report("hour \(hour), group \(scenario.groups[group].name): \(served) of \(demand) requests are served")
            }
        }
    }

    private mutating func checkMachines(_ plan: Plan, _ scenario: Scenario, _ hour: Int, isRelaxed: Bool) {
        let fleet = scenario.fleet
        var used = [Double](repeating: 0, count: fleet.machines.count)
        for (tierIndex, tier) in fleet.tiers.enumerated() {
            var served = 0.0
            for group in scenario.groups.indices { served += plan.served(hour: hour, group: group, tier: tierIndex) }
            var capacity = 0.0
            for (type, machine) in fleet.machines.enumerated() {
                let count = plan.machines(hour: hour, tier: tierIndex, type: type)
                used[type] += count
                capacity += count * machine.requestsPerHour[tierIndex]
                let energy = count * machine.power[tierIndex].loadKilowatts * fleet.powerUsageEffectiveness
                kilowattHours += energy
                grams += energy * scenario.intensity(hour: hour, tier: tierIndex) + count * machine.embodiedGramsPerHour
                dollars += energy * max(scenario.energyPrice[hour], 0) + count * machine.dollarsPerHour
                if let start = machine.start, hour > 0 {
                    let started = max(0, count - plan.machines(hour: hour - 1, tier: tierIndex, type: type))
                    let boot = started * start.kilowattHours * fleet.powerUsageEffectiveness
                    kilowattHours += boot
                    grams += boot * scenario.intensity(hour: hour, tier: tierIndex) + started * start.grams
                    dollars += boot * max(scenario.energyPrice[hour], 0) + started * start.dollars
                }
                if count > 0, machine.requestsPerHour[tierIndex] == 0 {
                    report("hour \(hour): \(machine.name) can't serve the tier \(tier.name)")
                }
                if !isRelaxed, count != count.rounded() {
                    report("hour \(hour), tier \(tier.name): \(count) of \(machine.name) is not a whole number")
                }
            }
            let missing = served - capacity
            if let purchase = tier.purchase {
                kilowattHours += max(missing, 0) * purchase.kilowattHours
                let intensity = scenario.intensity(hour: hour, tier: tierIndex)
                grams += max(missing, 0) * (purchase.kilowattHours * intensity + purchase.embodiedGrams)
                dollars += max(missing, 0) * purchase.dollars
            } else if missing > Self.tolerance * max(served, 1) {
                report("hour \(hour), tier \(tier.name): \(served) requests and machines for \(capacity)")
            }
        }
        for (type, machine) in fleet.machines.enumerated() {
            if let limit = machine.countMax, used[type] > Double(limit) * (1 + Self.tolerance) {
                report("hour \(hour): \(used[type]) of \(limit) machines of type \(machine.name)")
            }
        }
    }

    private mutating func checkWindows(_ plan: Plan, _ scenario: Scenario) {
        let (count, groups) = (scenario.intensity.count, scenario.groups.count)
        let pastHours = scenario.past.demand.count / groups
        let qualities = scenario.fleet.tiers.map(\.quality)
        let best = qualities.last ?? 0
        var first = -min(pastHours, scenario.validityHours - 1)
        while first < count {
            let end = first + scenario.validityHours
            defer { first += 1 }
            if end > count, scenario.ending == .ignored { break }
            if end <= 0 { continue }
            var worst = 1.0
            for (group, promise) in scenario.groups.enumerated() {
                if let shares = promise.shares {
                    worst = min(
                        worst,
                        checkShares(shares, plan, scenario, group, hours: max(first, 0)..<min(end, count))
                    )
                    continue
                }
                let range = promise.qualityHigh - promise.qualityLow
                let needed = promise.qualityLow + plan.target * range
                var (demand, quality, most) = (0.0, 0.0, 0.0)
                for hour in first..<min(end, count) {
                    let place = (hour < 0 ? pastHours + hour : hour) * groups + group
                    demand += hour < 0 ? scenario.past.demand[place] : scenario.demand[place]
                    if hour < 0 {
                        quality += scenario.past.quality[place]
                        most += scenario.past.quality[place]
                    } else {
                        for tier in qualities.indices {
                            quality += qualities[tier] * plan.served(hour: hour, group: group, tier: tier)
                        }
                        // Of requests that may not come, nothing above the promise is counted on.
                        let unsure = scenario.demand[place] - scenario.demandFloor[place]
                        most += best * scenario.demand[place] - (best - needed) * unsure
                    }
                }
                guard demand > 0 else { continue }
                // What the past has spoiled no plan mends: then it has to do the best it can.
                if min(needed * demand, most) - quality > Self.tolerance * demand {
                    report(
                        "the window from hour \(first): the group \(promise.name) gets a mean quality of "
                            + "\(quality / demand), not \(needed)"
                    )
                }
                if range > 0 { worst = min(worst, (quality / demand - promise.qualityLow) / range) }
            }
            windowQualities.append(worst)
            quality = min(quality, worst)
        }
    }

    /// The quality of responses of a window of a group that is promised shares of tiers.
    private mutating func checkShares(
        _ promise: SharePromise,
        _ plan: Plan,
        _ scenario: Scenario,
        _ group: Int,
        hours: Range<Int>
    ) -> Double {
        let demand = hours.reduce(0) { $0 + scenario.demand[$1 * scenario.groups.count + group] }
        guard demand > 0 else { return 1 }
        var error = 0.0
        for (tier, (low, high)) in zip(promise.low, promise.high).enumerated() {
            let share = hours.reduce(0) { $0 + plan.served(hour: $1, group: group, tier: tier) } / demand
            let edge = high + (1 - plan.target) * (low - high)
            let (least, most) = (min(edge, high), max(edge, high))
            if share < least - Self.tolerance || share > most + Self.tolerance {
                report(
                    "the window from hour \(hours.lowerBound): the group \(scenario.groups[group].name) gets a share of "
                        + "\(share) of the tier \(scenario.fleet.tiers[tier].name), not \(least) to \(most)"
                )
            }
            if low != high { error = max(error, abs(share - high) / abs(low - high)) }
        }
        return 1 - error
    }

    private mutating func checkCost(_ plan: Plan) {
        let spent: Double
        switch plan.goal.metric {
        case .carbon: spent = grams
        case .energy: spent = kilowattHours
        case .money: spent = dollars
        }
        if abs(spent - plan.cost) > Self.tolerance * max(spent, 1) {
            report("the plan says that it costs \(plan.cost), and costs \(spent)")
        }
        switch plan.goal {
        case .least:
            if plan.bound > spent * (1 + Self.tolerance) {
                report("the bound \(plan.bound) is above the cost \(spent)")
            }
        case .bestQuality(let budget, _):
            if spent > budget * (1 + Self.tolerance) { report("\(spent) is above the budget of \(budget)") }
        }
    }
}
