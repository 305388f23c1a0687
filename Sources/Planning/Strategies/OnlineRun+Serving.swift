extension OnlineRun {
    /// What was served before an hour, as windows of a target see it.
    ///
    /// An hour that kept another target owes what it owed then: its requests count as many as owe that at this target.
    func past(before hour: Int, target: Double) -> Scenario.Past {
        let count = truth.groups.count
        let places = max(0, hour - truth.validityHours + 1) * count..<hour * count
        let demand = places.map { place in
            let (now, then) = (level(place % count, target), level(place % count, targets[place / count]))
            return now > 0 ? truth.demand[place] * then / now : truth.demand[place]
        }
        return Scenario.Past(demand: demand, quality: places.map { quality(at: $0) })
    }

    private func level(_ group: Int, _ target: Double) -> Double { truth.groups[group].quality(for: target) }

    /// What was served of an hour and group.
    private func quality(at place: Int) -> Double {
        let (hour, group) = (place / truth.groups.count, place % truth.groups.count)
        guard let chain = packed.chains.firstIndex(of: group) else {
            return truth.demand[place] * (truth.fleet.tiers.last?.quality ?? 0)
        }
        return served[hour * packed.chains.count + chain]
    }

    /// What going from the machines of the hour before to a point of an hour costs.
    func starts(_ hour: Int, point: Int) -> Double {
        guard truth.fleet.hasStarts, hour > 0 else { return 0 }
        return starts(hour, machines: packed.packer.machines(packed.curves[hour].packings[point]))
    }

    private func starts(_ hour: Int, machines next: [Double]) -> Double {
        guard truth.fleet.hasStarts, hour > 0 else { return 0 }
        let prices = truth.fleet.startPrices(goal.metric, rates: packed.rates[hour])
        return startCost(from: machines.suffix(prices.count), to: next, prices: prices)
    }

    /// Serves an hour: what was chosen, rounded up to whole machines; what that gives more goes to the first that can have it.
    ///
    /// With a budget never more than it has left for the hour.
    mutating func serve(_ hour: Int, _ chosen: [Double]) {
        let curve = packed.curves[hour]
        let best = truth.fleet.tiers.last?.quality ?? 0
        let offset = truth.premiumDemand(hour) * best
        let high = packed.chains.map { truth.demand[hour * truth.groups.count + $0] * best }
        var qualities = zip(chosen, high).map { min($0, $1) }
        if let pace {
            let most = curve.quality(
                for: pace.most(before: ahead.curvesToTheEnd(after: hour), excess: ahead.excess)
            )
            let (wanted, payable) = (qualities.reduce(0, +), max(0, most - offset))
            if wanted > payable { qualities = qualities.map { $0 * payable / wanted } }
        }
        let total = offset + qualities.reduce(0, +)
        let point = curve.point(reaching: total)
        if !curve.isDivisible {
            var rest = curve.qualities[point] - total
            for chain in qualities.indices where rest > 0 {
                let more = min(rest, high[chain] - qualities[chain])
                qualities[chain] += more
                rest -= more
            }
        }
        let part = packed.serving(hour, shares: qualities, from: point)
        let starting = starts(hour, machines: part.machines)
        allocations += part.allocations
        machines += part.machines
        served += qualities
        targets.append(target)
        let (metric, rates) = (goal.metric, packed.rates[hour])
        let cost = truth.cost(metric, hour: hour, rates: rates, allocations: allocations, machines: machines)
        pace?.note(cost + starting)
    }
}
