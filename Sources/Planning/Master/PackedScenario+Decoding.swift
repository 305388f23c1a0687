extension PackedScenario {
    /// The plan of an assignment: which tier serves whom, and with what.
    func decode(_ assignment: Assignment) -> (allocations: [Double], machines: [Double]) {
        let (tierCount, groupCount) = (scenario.fleet.tiers.count, scenario.groups.count)
        var (allocations, machines) = ([Double](), [Double]())
        allocations.reserveCapacity(scenario.hourCount * tierCount * groupCount)
        machines.reserveCapacity(scenario.hourCount * tierCount * scenario.fleet.machines.count)
        for hour in 0..<scenario.hourCount {
            let part = serving(hour, shares: assignment.shares(hour), from: assignment.points[hour])
            allocations += part.allocations
            machines += part.machines
        }
        return (allocations, machines)
    }

    /// An hour that gives each chain its share, with the machines of a point or a better one.
    func serving(_ hour: Int, shares: [Double], from point: Int) -> (allocations: [Double], machines: [Double]) {
        isRelaxed ? relaxed(hour, shares: shares) : whole(hour, shares: shares, from: point)
    }

    /// The quality of an hour whose chains get these shares, with that of premium requests.
    private func total(_ hour: Int, _ shares: [Double]) -> Double {
        premium[hour] * (scenario.fleet.tiers.last?.quality ?? 0) + shares.reduce(0, +)
    }

    /// An hour of whole machines.
    ///
    /// Groups may be promised what a point's tiers can't give them apart, such as the best to some where all are served in
    /// the middle. The next better point that can is taken then; the best one, where all get the best tier, always can.
    private func whole(
        _ hour: Int,
        shares: [Double],
        from first: Int
    ) -> (allocations: [Double], machines: [Double]) {
        let (curve, demand) = (curves[hour], scenario.totalDemand(hour))
        var point = first
        while true {
            let isLast = point >= curve.qualities.count - 1
            let served = packer.allocation(
                curve.packings[point],
                quality: total(hour, shares),
                demand: demand,
                premium: premium[hour],
                rates: rates[hour]
            )
            if let split = split(served, hour: hour, shares: shares, isLast: isLast) {
                return (split, packer.machines(curve.packings[point]))
            }
            point += 1
        }
    }

    /// An hour of parts of machines: each group climbs the curve on its own, unless there are only so many.
    private func relaxed(_ hour: Int, shares: [Double]) -> (allocations: [Double], machines: [Double]) {
        if scenario.fleet.isLimited {
            let part = packer.relaxedAllocation(
                quality: total(hour, shares),
                demand: scenario.totalDemand(hour),
                premium: premium[hour],
                rates: rates[hour]
            )
            // The last point is always shared out.
            return (split(part.served, hour: hour, shares: shares, isLast: true) ?? part.served, part.machines)
        }
        var (allocations, machines) = ([Double](), packer.noMachines)
        for group in scenario.groups.indices {
            let demand = scenario.demand[hour * scenario.groups.count + group]
            let chain = chains.firstIndex(of: group)
            let part = packer.relaxedAllocation(
                quality: chain.map { shares[$0] } ?? 0,
                demand: demand,
                premium: chain == nil ? demand : 0,
                rates: rates[hour]
            )
            allocations += part.served
            for place in machines.indices { machines[place] += part.machines[place] }
        }
        return (allocations, machines)
    }

    /// Shares what the tiers serve among the groups; `nil` if that does not give each what it needs, unless it is the last.
    private func split(_ served: [Double], hour: Int, shares: [Double], isLast: Bool) -> [Double]? {
        let count = scenario.groups.count
        guard count > 1 else { return served }
        var rest = TierShares(served, qualities: scenario.fleet.tiers.map(\.quality))
        let best = scenario.fleet.tiers.last?.quality ?? 0
        var parts = [[Double]](repeating: [], count: count)
        // Premium groups first: what they get is the best of all.
        let order = scenario.groups.indices.filter { !chains.contains($0) } + chains
        for group in order {
            let demand = scenario.demand[hour * count + group]
            let share = chains.firstIndex(of: group).map { shares[$0] } ?? demand * best
            let part = rest.take(demand, quality: share) ?? (isLast ? rest.take(demand, quality: 0) : nil)
            guard let part else { return nil }
            parts[group] = part
        }
        return parts.flatMap { $0 }
    }
}
