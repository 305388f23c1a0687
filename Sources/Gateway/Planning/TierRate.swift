internal import Accounting
internal import Configuration
internal import Domain
internal import Ledger
internal import Planning
internal import Routing

/// What a request takes at a tier, on average.
struct TierRate: Hashable, Sendable {
    /// The requests that it was seen of; the rest is expectation.
    var requests = 0.0
    /// Energy at the wall, in kWh, by the grid that it comes from.
    var kilowattHours: [Double]
    /// The share of building the machines, in grams of CO2e.
    var embodiedGrams = 0.0
    /// What it costs, in US dollars.
    var dollars = 0.0

    /// Energy from all grids, in kWh.
    var energy: Double { kilowattHours.reduce(0, +) }
}

extension Policy {
    /// How many requests an expectation counts for against those that were seen.
    private static var priorRequests: Double { 20 }

    /// What requests take at each tier: what the ledger saw of its models, drawn towards what their figures say.
    func rates(of fleet: PlannedFleet, on grids: PlannedGrids, seen rows: [DemandRow]) -> [TierRate] {
        let router = router
        let tokens = (input: 500, output: settings.routing.expectedOutputTokens)
        return fleet.rungs.map { rung in
            var rate = TierRate(kilowattHours: grids.grids.map { _ in 0 })
            let share = 1 / Double(rung.models.count)
            for index in rung.models {
                let outlook = router.outlooks[index]
                let grams = outlook.rate.estimate(inputTokens: tokens.input, outputTokens: tokens.output).central.grams
                rate.kilowattHours[grids.ofModel[index] ?? 0] += share * grams / max(outlook.intensity.central, 1e-9)
                let cost = catalogue.models[index].prices.expectedCost(
                    inputTokens: tokens.input,
                    outputTokens: tokens.output
                )
                rate.dollars += share * cost.dollars
            }
            var sum = rate * Self.priorRequests
            let indices = Dictionary(uniqueKeysWithValues: rung.models.map { (catalogue.models[$0].id, $0) })
            for row in rows {
                guard let index = row.model.flatMap({ indices[$0] }) else { continue }
                sum.requests += Double(row.requests)
                sum.kilowattHours[grids.ofModel[index] ?? 0] += row.kilowattHours
                sum.embodiedGrams += row.embodied.grams
                sum.dollars += row.cost.dollars
            }
            return sum * (1 / (Self.priorRequests + sum.requests))
        }
    }
}

extension TierRate {
    /// What a request spends of a plan's metric in an hour with such grids, given in g CO2e/kWh, in the metric's unit.
    func cost(_ metric: PlanMetric, at grams: [Double]) -> Double {
        switch metric {
        case .carbon: zip(kilowattHours, grams).reduce(0) { $0 + $1.0 * $1.1 } + embodiedGrams
        case .energy: energy
        case .money: dollars
        }
    }

    /// Everything so many times but the requests that were seen.
    static func * (rate: TierRate, factor: Double) -> TierRate {
        TierRate(
            requests: rate.requests,
            kilowattHours: rate.kilowattHours.map { $0 * factor },
            embodiedGrams: rate.embodiedGrams * factor,
            dollars: rate.dollars * factor
        )
    }
}
