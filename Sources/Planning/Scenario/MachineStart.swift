/// What switching a machine on takes, besides the hours that it runs: energy to boot and to load a model, wear, a fee.
///
/// It is paid for each machine of a type that serves a tier in an hour above those that did so in the hour before. The
/// machines of the first hour count as running.
public struct MachineStart: Hashable, Sendable, Codable {
    /// Energy in kWh, the building's share not included.
    public var kilowattHours: Double
    /// Carbon besides that of the energy, in grams of CO2e.
    public var grams: Double
    /// US dollars besides the price of the energy.
    public var dollars: Double

    /// What a start takes.
    public init(kilowattHours: Double, grams: Double = 0, dollars: Double = 0) {
        self.kilowattHours = kilowattHours
        self.grams = grams
        self.dollars = dollars
    }
}

extension PlanMetric {
    /// What a start counts in an hour in which a kWh counts `rate`.
    func price(of start: MachineStart, rate: Double, powerUsageEffectiveness: Double) -> Double {
        let energy = start.kilowattHours * powerUsageEffectiveness * rate
        switch self {
        case .carbon: return energy + start.grams
        case .energy: return energy
        case .money: return energy + start.dollars
        }
    }
}

extension PlanFleet {
    /// Whether switching a machine on costs anything.
    var hasStarts: Bool { machines.contains { $0.start != nil } }

    /// What a start counts in an hour, tier by tier and type by type.
    func startPrices(_ metric: PlanMetric, rates: EnergyRates) -> [Double] {
        tiers.indices.flatMap { tier in
            machines.map { machine in
                guard let start = machine.start else { return 0 }
                return metric.price(of: start, rate: rates[tier], powerUsageEffectiveness: powerUsageEffectiveness)
            }
        }
    }

    /// What an hour of a machine counts, tier by tier and type by type.
    func hourPrices(_ metric: PlanMetric, rates: EnergyRates) -> [Double] {
        tiers.indices.flatMap { tier in
            machines.indices.map { kilowattHours(tier: tier, machine: $0) * rates[tier] + metric.fixed(machines[$0]) }
        }
    }
}

/// What going from one hour's machines to another's costs, for machines given tier by tier and type by type.
func startCost(from before: some Sequence<Double>, to after: some Sequence<Double>, prices: [Double]) -> Double {
    var cost = 0.0
    for ((before, after), price) in zip(zip(before, after), prices) where after > before {
        cost += (after - before) * price
    }
    return cost
}
