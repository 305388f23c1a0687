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
    ///
    /// Tiers are compared by the same requests: what a tier took is counted class by class, a class being what a prompt was
    /// taken to need, and weighted by how often all tiers together were asked for each. Else the lowest tier would look cheap
    /// for the short questions that it is given.
    func rates(of fleet: PlannedFleet, on grids: PlannedGrids, seen rows: [DemandRow]) -> [TierRate] {
        let places = Dictionary(catalogue.models.enumerated().map { ($1.id, $0) }) { first, _ in first }
        var seen: [[Capability?: TierRate]] = fleet.rungs.map { _ in [:] }
        var mix: [Capability?: Double] = [:]
        for row in rows {
            guard let index = row.model.flatMap({ places[$0] }), let rung = fleet.rung(ofModel: index) else { continue }
            var sum = TierRate(gridCount: grids.grids.count)
            sum.requests = Double(row.requests)
            sum.kilowattHours[grids.ofModel[index] ?? 0] = row.kilowattHours
            sum.embodiedGrams = row.embodied.grams
            sum.dollars = row.cost.dollars
            seen[rung][row.capability, default: TierRate(gridCount: grids.grids.count)] += sum
            mix[row.capability, default: 0] += sum.requests
        }
        let count = mix.values.reduce(0, +)
        return zip(fleet.rungs, seen).map { rung, classes in
            let all = expectedRate(of: rung, on: grids).adding(classes.values, prior: Self.priorRequests)
            guard count > 0 else { return all }
            var weighted = TierRate(gridCount: grids.grids.count)
            for (kind, requests) in mix.sorted(by: { ($0.key?.ordinal ?? -1) < ($1.key?.ordinal ?? -1) }) {
                let ofClass = all.adding(classes[kind].map { [$0] } ?? [], prior: Self.priorRequests)
                weighted += ofClass * (requests / count)
            }
            weighted.requests = all.requests
            return weighted
        }
    }

    /// What a usual request takes at a tier, by its models' figures in equal parts.
    private func expectedRate(of rung: PlannedFleet.Rung, on grids: PlannedGrids) -> TierRate {
        let (router, tokens) = (router, (input: 500, output: settings.routing.expectedOutputTokens))
        var rate = TierRate(gridCount: grids.grids.count)
        let share = 1 / Double(rung.models.count)
        for index in rung.models {
            let outlook = router.outlooks[index]
            let grams = outlook.rate.estimate(inputTokens: tokens.input, outputTokens: tokens.output).central.grams
            rate.kilowattHours[grids.ofModel[index] ?? 0] += share * grams / max(outlook.intensity.central, 1e-9)
            let prices = catalogue.models[index].prices
            rate.dollars += share * prices.expectedCost(inputTokens: tokens.input, outputTokens: tokens.output).dollars
        }
        return rate
    }
}

extension TierRate {
    /// Nothing, from so many grids.
    init(gridCount: Int) { self.init(kilowattHours: Array(repeating: 0, count: gridCount)) }

    /// What a request spends of a plan's metric in an hour with such grids, given in g CO2e/kWh, in the metric's unit.
    func cost(_ metric: PlanMetric, at grams: [Double]) -> Double {
        switch metric {
        case .carbon: zip(kilowattHours, grams).reduce(0) { $0 + $1.0 * $1.1 } + embodiedGrams
        case .energy: energy
        case .money: dollars
        }
    }

    /// The mean of requests that were seen, given as sums, and of this rate as if it had been seen `prior` times.
    func adding(_ sums: some Collection<TierRate>, prior: Double) -> TierRate {
        var sum = self * prior
        sum.requests = 0
        for more in sums { sum += more }
        return sum * (1 / (prior + sum.requests))
    }

    /// The sum of both.
    static func += (sum: inout TierRate, more: TierRate) {
        sum.requests += more.requests
        for grid in sum.kilowattHours.indices { sum.kilowattHours[grid] += more.kilowattHours[grid] }
        sum.embodiedGrams += more.embodiedGrams
        sum.dollars += more.dollars
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
