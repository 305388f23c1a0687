extension Scenario {
    /// What machines and bought requests come to: in grams of CO2e, kWh or US dollars.
    func cost(_ metric: PlanMetric, allocations: [Double], machines: [Double]) -> Double {
        let rates = metric.rates(of: self)
        let hourly = (0..<hourCount).reduce(0) { sum, hour in
            sum + cost(metric, hour: hour, rates: rates[hour], allocations: allocations, machines: machines)
        }
        guard fleet.hasStarts else { return hourly }
        let width = fleet.tiers.count * fleet.machines.count
        return (1..<max(hourCount, 1)).reduce(hourly) { sum, hour in
            sum
                + startCost(
                    from: machines[(hour - 1) * width..<hour * width],
                    to: machines[hour * width..<(hour + 1) * width],
                    prices: fleet.startPrices(metric, rates: rates[hour])
                )
        }
    }

    /// What an hour comes to, without starts.
    func cost(
        _ metric: PlanMetric,
        hour: Int,
        rates: EnergyRates,
        allocations: [Double],
        machines: [Double]
    ) -> Double {
        var cost = 0.0
        for (tierIndex, tier) in fleet.tiers.enumerated() {
            var capacity = 0.0
            for (type, machine) in fleet.machines.enumerated() {
                let count = machines[(hour * fleet.tiers.count + tierIndex) * fleet.machines.count + type]
                let energy = fleet.kilowattHours(tier: tierIndex, machine: type)
                cost += count * (energy * rates[tierIndex] + metric.fixed(machine))
                capacity += count * machine.requestsPerHour[tierIndex]
            }
            guard let purchase = tier.purchase else { continue }
            let served = groups.indices.reduce(0) { sum, group in
                sum + allocations[(hour * groups.count + group) * fleet.tiers.count + tierIndex]
            }
            cost += max(0, served - capacity) * metric.price(of: purchase, rate: rates[tierIndex])
        }
        return cost
    }
}
