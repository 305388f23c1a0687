internal import LinearProgramming

/// An hour in which parts of machines can be switched on, of which there are only so many: a small linear program.
///
/// What a quality costs at least is a convex line. Its corners are found from the ends: at the price of quality that makes
/// two corners cost alike the program is solved anew, and what comes to less is a corner between them.
struct LimitedHour {
    /// A corner, and how it is had.
    struct Corner {
        var quality: Double
        var cost: Double
        /// Requests at each tier.
        var served: [Double]
        /// Parts of machines, tier by tier and type by type.
        var machines: [Double]
    }

    let fleet: PlanFleet
    let metric: PlanMetric
    let demand: Double
    /// Requests that have to be served at the best tier.
    let premium: Double
    let rates: EnergyRates

    /// The corners from the cheapest to the best; none if the machines do not serve all requests.
    func corners() -> [Corner] {
        let nothing = Corner(
            quality: 0,
            cost: 0,
            served: fleet.tiers.map { _ in 0 },
            machines: Array(repeating: 0, count: fleet.tiers.count * fleet.machines.count)
        )
        guard demand > 0 else { return [nothing] }
        guard let cheapest = corner(costWeight: 1, price: 0), let most = corner(costWeight: 0, price: 1),
            let best = corner(costWeight: 1, price: 0, qualityMin: most.quality)
        else { return [] }
        return [cheapest] + between(cheapest, best) + (best.quality > cheapest.quality ? [best] : [])
    }

    /// The corners between two.
    private func between(_ low: Corner, _ high: Corner) -> [Corner] {
        let rise = high.quality - low.quality
        guard rise > 1e-9 * demand, high.cost > low.cost else { return [] }
        let price = (high.cost - low.cost) / rise
        guard let middle = corner(costWeight: 1, price: price) else { return [] }
        let saved = low.cost + price * (middle.quality - low.quality) - middle.cost
        guard saved > 1e-9 * high.cost, middle.quality > low.quality, middle.quality < high.quality else { return [] }
        return between(low, middle) + [middle] + between(middle, high)
    }

    /// The cheapest way of serving the hour if a unit of quality earns `price`; `nil` if there is none.
    private func corner(costWeight: Double, price: Double, qualityMin: Double? = nil) -> Corner? {
        var program = LinearProgram(.minimize)
        // Shares of the hour's requests: numbers near 1.
        let served = fleet.tiers.indices.map { tier in
            let least = tier == fleet.tiers.count - 1 ? premium / demand : 0
            return program.variable(atLeast: least, atMost: 1, objective: -price * fleet.tiers[tier].quality / scale)
        }
        program.constrain(served.map { ($0, 1) }, equal: 1)
        var used = [[(variable: LinearProgram.Variable, coefficient: Double)]](
            repeating: [],
            count: fleet.machines.count
        )
        var machines: [LinearProgram.Variable?] = []
        for (index, tier) in fleet.tiers.enumerated() {
            var terms = [(variable: served[index], coefficient: -1.0)]
            for (type, machine) in fleet.machines.enumerated() {
                guard machine.requestsPerHour[index] > 0 else {
                    machines.append(nil)
                    continue
                }
                let hour = costWeight * cost(tier: index, machine: type) / (scale * demand)
                let part = program.variable(objective: hour)
                machines.append(part)
                terms.append((part, machine.requestsPerHour[index] / demand))
                used[type].append((part, 1))
            }
            if let purchase = tier.purchase {
                let price = costWeight * metric.price(of: purchase, rate: rates[index]) / scale
                terms.append((program.variable(objective: price), 1))
            }
            program.constrain(terms, atLeast: 0)
        }
        for (type, machine) in fleet.machines.enumerated() {
            if let limit = machine.countMax { program.constrain(used[type], atMost: Double(limit)) }
        }
        if let qualityMin {
            let terms = zip(served, fleet.tiers).map { ($0, $1.quality) }
            program.constrain(terms, atLeast: qualityMin / demand * (1 - 1e-9))
        }
        guard let solution = try? program.solve() else { return nil }
        // Rounding leaves some a little below 0.
        return corner(
            Self.withoutCrumbs(served.map { max(0, solution[$0]) }).map { $0 * demand },
            machines.map { $0.map { max(0, solution[$0]) } ?? 0 }
        )
    }

    /// Shares without those that only the solver's tolerance makes, at tiers that have no machine for them: those go where
    /// most requests are.
    private static func withoutCrumbs(_ shares: [Double]) -> [Double] {
        var whole = shares.map { $0 < 1e-7 ? 0 : $0 }
        if let largest = whole.indices.max(by: { whole[$0] < whole[$1] }) {
            whole[largest] += shares.reduce(0, +) - whole.reduce(0, +)
        }
        return whole
    }

    private func corner(_ served: [Double], _ machines: [Double]) -> Corner {
        var corner = Corner(quality: 0, cost: 0, served: served, machines: machines)
        for (index, tier) in fleet.tiers.enumerated() {
            corner.quality += served[index] * tier.quality
            var capacity = 0.0
            for type in fleet.machines.indices {
                let count = machines[index * fleet.machines.count + type]
                capacity += count * fleet.machines[type].requestsPerHour[index]
                corner.cost += count * cost(tier: index, machine: type)
            }
            if let purchase = tier.purchase {
                corner.cost += max(0, served[index] - capacity) * metric.price(of: purchase, rate: rates[index])
            }
        }
        return corner
    }

    private func cost(tier: Int, machine: Int) -> Double {
        fleet.kilowattHours(tier: tier, machine: machine) * rates[tier] + metric.fixed(fleet.machines[machine])
    }

    /// About what a request costs where that is most: costs of the program are near 1 with it.
    private var scale: Double {
        var most = 0.0
        for (index, tier) in fleet.tiers.enumerated() {
            if let purchase = tier.purchase { most = max(most, metric.price(of: purchase, rate: rates[index])) }
            for (type, machine) in fleet.machines.enumerated() where machine.requestsPerHour[index] > 0 {
                most = max(most, cost(tier: index, machine: type) / machine.requestsPerHour[index])
            }
        }
        return most > 0 ? most : 1
    }
}

extension PlanFleet {
    /// Whether there is only so much of a machine type that can be used at all.
    var isLimited: Bool { machines.contains { ($0.countMax ?? 0) > 0 } }
}
