extension PlanFleet {
    /// Most tiers and machine types: what ``Packing`` has room for.
    static let kindsMax = 8

    /// Refuses a fleet that can't serve anything, or whose numbers are none.
    func check() throws(ScenarioError) {
        guard !tiers.isEmpty else { throw .fleet("a fleet needs at least one tier") }
        guard tiers.count <= Self.kindsMax, machines.count <= Self.kindsMax else {
            throw .fleet("a fleet has at most \(Self.kindsMax) tiers and as many machine types")
        }
        guard powerUsageEffectiveness.isFinite, powerUsageEffectiveness >= 1 else {
            throw .fleet("power usage effectiveness is \(powerUsageEffectiveness): it must be 1 or more")
        }
        guard zip(tiers, tiers.dropFirst()).allSatisfy({ $0.quality < $1.quality }),
            tiers.allSatisfy({ (0...1).contains($0.quality) })
        else { throw .fleet("tiers go from the worst to the best, each with a quality from 0 to 1") }
        for machine in machines { try machine.check(tierCount: tiers.count) }
        for (index, tier) in tiers.enumerated() {
            let isServed = machines.contains { $0.requestsPerHour[index] > 0 && $0.countMax != 0 }
            guard isServed || tier.purchase != nil else {
                throw .fleet("no machine serves the tier \(tier.name), nor can it be bought")
            }
            if let purchase = tier.purchase {
                let numbers = [purchase.kilowattHours, purchase.embodiedGrams, purchase.dollars]
                guard numbers.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
                    throw .fleet("a request bought at the tier \(tier.name) has a negative cost, or none")
                }
            }
        }
    }
}

extension MachineType {
    func check(tierCount: Int) throws(ScenarioError) {
        guard requestsPerHour.count == tierCount, power.count == tierCount else {
            throw .fleet("the machine \(name) needs a throughput and a power for each of \(tierCount) tiers")
        }
        let numbers = requestsPerHour + power.flatMap { [$0.idleKilowatts, $0.loadKilowatts, $0.exponent] }
        guard (numbers + [embodiedGramsPerHour, dollarsPerHour]).allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            throw .fleet("the machine \(name) has a number that is negative, or none")
        }
        guard power.allSatisfy({ $0.idleKilowatts <= $0.loadKilowatts }) else {
            throw .fleet("the machine \(name) draws more with nothing to do than at full load")
        }
        if let start {
            guard [start.kilowattHours, start.grams, start.dollars].allSatisfy({ $0.isFinite && $0 >= 0 }) else {
                throw .fleet("starting the machine \(name) takes something that is negative, or none")
            }
        }
        guard (countMax ?? 0) >= 0 else { throw .fleet("the machine \(name) has a negative limit") }
    }
}

extension [UserGroup] {
    /// Refuses groups without users, or promises that no tier can keep.
    func check(against fleet: PlanFleet) throws(ScenarioError) {
        guard !isEmpty else { throw .groups("a scenario needs at least one user group") }
        guard allSatisfy({ $0.weight.isFinite && $0.weight >= 0 }), abs(reduce(0) { $0 + $1.weight } - 1) < 1e-6 else {
            throw .groups("the weights of the user groups must add up to 1")
        }
        let (low, high) = (fleet.tiers.first?.quality ?? 0, fleet.tiers.last?.quality ?? 0)
        for group in self {
            guard group.shares == nil else {
                try group.checkShares(tierCount: fleet.tiers.count)
                continue
            }
            guard group.qualityLow >= low, group.qualityLow <= group.qualityHigh, group.qualityHigh <= high else {
                throw .groups(
                    "the group \(group.name) is promised a quality from \(group.qualityLow) to \(group.qualityHigh), "
                        + "and tiers go from \(low) to \(high)"
                )
            }
        }
    }
}

extension UserGroup {
    /// Refuses a promise of shares that no mix of tiers keeps.
    fileprivate func checkShares(tierCount: Int) throws(ScenarioError) {
        guard let shares else { return }
        guard shares.low.count == tierCount, shares.high.count == tierCount,
            (shares.low + shares.high).allSatisfy({ (0...1).contains($0) })
        else { throw .groups("the group \(name) needs two shares from 0 to 1 for each of \(tierCount) tiers") }
        guard shares.bestTarget != nil else {
            throw .groups("the group \(name) is promised shares of tiers that can't add up to 1: widen them")
        }
    }
}

extension Scenario {
    /// Refuses an hour with more requests than all machines serve.
    func checkCapacity() throws(ScenarioError) {
        guard fleet.tiers.allSatisfy({ $0.purchase == nil }), fleet.machines.allSatisfy({ $0.countMax != nil }) else {
            return
        }
        let capacity = fleet.machines.reduce(0) { sum, machine in
            sum + Double(machine.countMax ?? 0) * (machine.requestsPerHour.max() ?? 0)
        }
        for hour in 0..<hourCount where totalDemand(hour) > capacity {
            throw .capacity(hour: hour, demand: totalDemand(hour), capacity: capacity)
        }
    }
}
