internal import Domain
internal import Planning

/// The tiers with mixtures of neighbours between them, so that plans spread quality evenly where it costs the same.
///
/// Bought requests cost as much each however many there are: to a linear program hours of the same price are all one, and
/// it would serve some wholly at the best tier and others wholly at the lowest. A mixture counts a little less than what
/// it is made of, the middle one most: then each further step up costs more than the one before, by a few hundredths at
/// most, and only hours that differ by more than that are told apart.
struct PlanLadder: Hashable, Sendable {
    /// A share of requests at each of the fleet's tiers.
    private struct Step: Hashable {
        let shares: [Double]
        /// What is taken off the rise in cost between its tiers, as a share of that.
        let discount: Double
        let lower: Int
    }

    /// The most tiers that a plan can tell apart.
    private static let stepsMax = 8
    /// What is taken off in the middle, and so the share by which a plan's cost is too low at most.
    static let discountMax = 0.005

    private let steps: [Step]

    /// The ladder of so many tiers, two or more.
    init(rungCount: Int) {
        let between = max((Self.stepsMax - rungCount) / max(rungCount - 1, 1), 0)
        var steps: [Step] = []
        for rung in 0..<rungCount {
            let count = rung == rungCount - 1 ? 1 : between + 1
            for place in 0..<count {
                let share = Double(place) / Double(between + 1)
                var shares = [Double](repeating: 0, count: rungCount)
                shares[rung] = 1 - share
                if share > 0 { shares[rung + 1] = share }
                steps.append(Step(shares: shares, discount: 4 * Self.discountMax * share * (1 - share), lower: rung))
            }
        }
        self.steps = steps
    }

    /// The fleet that plans are made for.
    func fleet(_ rungs: [PlannedFleet.Rung], _ rates: [TierRate]) -> PlanFleet {
        let tiers = steps.enumerated().map { place, step in
            func mean(_ value: (Int) -> Double) -> Double {
                zip(step.shares.indices, step.shares).reduce(0) { $0 + $1.1 * value($1.0) }
            }
            func cost(_ value: KeyPath<TierRate, Double>) -> Double {
                let upper = min(step.lower + 1, rates.count - 1)
                let rise = rates[upper][keyPath: value] - rates[step.lower][keyPath: value]
                return mean { rates[$0][keyPath: value] } - step.discount * rise
            }
            return PlanTier(
                name: step.discount == 0 ? rungs[step.lower].tier.rawValue : "mixture \(place)",
                quality: mean { rungs[$0].quality },
                purchase: PlanTier.Purchase(
                    kilowattHours: cost(\.energy),
                    embodiedGrams: cost(\.embodiedGrams),
                    dollars: cost(\.dollars)
                )
            )
        }
        return PlanFleet(tiers: tiers, machines: [])
    }

    /// What the grids that a step's energy comes from emit together, hour by hour in g CO2e/kWh; empty where there is one grid.
    ///
    /// - Parameters:
    ///   - rates: What requests take at each tier.
    ///   - grids: Each grid's intensity, hour by hour.
    /// - Returns: The intensity of each step that takes energy, by its place.
    func intensity(_ rates: [TierRate], on grids: [[Double]]) -> [Int: [Double]] {
        guard grids.count > 1 else { return [:] }
        var intensity: [Int: [Double]] = [:]
        for (place, step) in steps.enumerated() {
            let energy = grids.indices.map { grid in
                zip(step.shares, rates).reduce(0) { $0 + $1.0 * $1.1.kilowattHours[grid] }
            }
            let total = energy.reduce(0, +)
            guard total > 0 else { continue }
            intensity[place] = grids[0].indices.map { hour in
                zip(energy, grids).reduce(0) { $0 + $1.0 * $1.1[hour] } / total
            }
        }
        return intensity
    }

    /// The shares of the fleet's tiers that shares of the steps come to.
    func shares(_ steps: [Double]) -> [Double] {
        var shares = [Double](repeating: 0, count: self.steps.first?.shares.count ?? 0)
        for (step, share) in zip(self.steps, steps) {
            for rung in shares.indices { shares[rung] += share * step.shares[rung] }
        }
        return shares
    }
}
