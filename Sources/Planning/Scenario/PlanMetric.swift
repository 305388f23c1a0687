/// What a plan spends.
public enum PlanMetric: String, CaseIterable, Hashable, Sendable, Codable {
    /// Grams of CO2e: those of the grid's hour and those of building the machines.
    case carbon
    /// kWh, the building's share included.
    case energy
    /// US dollars: machines by the hour, energy at the hour's price, bought requests.
    case money

    /// Its unit.
    public var unit: String {
        switch self {
        case .carbon: "gCO2e"
        case .energy: "kWh"
        case .money: "USD"
        }
    }
}

/// What is asked of a plan.
public enum PlanGoal: Hashable, Sendable, Codable {
    /// To spend as little as possible while the quality of responses is at least `target`, from 0 to 1.
    case least(PlanMetric, target: Double)
    /// The best quality of responses that a budget can pay.
    case bestQuality(within: Double, of: PlanMetric)

    /// What is spent.
    public var metric: PlanMetric {
        switch self {
        case .least(let metric, _): metric
        case .bestQuality(_, let metric): metric
        }
    }
}

extension PlanMetric {
    /// What a kWh of each hour counts at each tier.
    func rates(of scenario: Scenario) -> [EnergyRates] {
        switch self {
        case .carbon:
            var rates = scenario.intensity.map { EnergyRates(repeating: $0) }
            for (tier, intensity) in scenario.tierIntensity {
                for hour in rates.indices { rates[hour][tier] = intensity[hour] }
            }
            return rates
        case .energy: return Array(repeating: EnergyRates(repeating: 1), count: scenario.hourCount)
        // Energy at a negative price counts as free: no machine is switched on to be paid for burning it.
        case .money: return scenario.energyPrice.map { EnergyRates(repeating: max($0, 0)) }
        }
    }

    /// What an hour of a machine counts besides its energy.
    func fixed(_ machine: MachineType) -> Double {
        switch self {
        case .carbon: machine.embodiedGramsPerHour
        case .energy: 0
        case .money: machine.dollarsPerHour
        }
    }

    /// What a bought request counts in an hour in which a kWh counts `rate`.
    func price(of purchase: PlanTier.Purchase, rate: Double) -> Double {
        switch self {
        case .carbon: purchase.kilowattHours * rate + purchase.embodiedGrams
        case .energy: purchase.kilowattHours
        // The seller pays for its energy.
        case .money: purchase.dollars
        }
    }
}

/// What a kWh counts in an hour, tier by tier: tiers may be on grids of their own.
typealias EnergyRates = SIMD8<Double>
