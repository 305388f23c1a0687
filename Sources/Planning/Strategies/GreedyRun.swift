/// Spends a budget hour by hour: each hour gets a share of what is left, and takes the best quality that the share pays.
///
/// An hour whose share pays nothing is served at the worst tier; what an hour does not spend is left for the others.
struct GreedyRun {
    let packed: PackedScenario
    let options: GreedyOptions

    /// The total quality of each hour.
    func points(budget: Double, outlook: some PlanOutlook) -> [Double] {
        let hours = packed.scenario.hourCount
        var left = budget
        var weights: [Double] = []
        var forecastAt = 0
        return (0..<hours).map { hour in
            if hour == 0 || hour - forecastAt >= max(options.refreshHours, 1) {
                forecastAt = hour
                weights = self.weights(at: hour, count: hours - hour, outlook: outlook)
            }
            let ahead = weights[(hour - forecastAt)...]
            let sum = ahead.reduce(0, +)
            // Where nothing is expected any more the hours share equally.
            let share = sum > 0 ? left * (ahead.first ?? 0) / sum : left / Double(hours - hour)
            let quality = packed.curves[hour].quality(for: share)
            left -= packed.curves[hour].cost(of: quality)
            return quality
        }
    }

    /// What the shares of the hours to come go by.
    private func weights(at hour: Int, count: Int, outlook: some PlanOutlook) -> [Double] {
        guard options.mode == .weighted else { return Array(repeating: 1, count: count) }
        let expected = outlook.expectation(at: hour, count: count)
        let groups = packed.scenario.groups.count
        return (0..<count).map { place in
            guard place < expected.intensity.count else { return 0 }
            let demand = expected.demand[place * groups..<(place + 1) * groups].reduce(0, +)
            return demand * expected.intensity[place]
        }
    }
}

extension HourCurve {
    /// The best quality that costs no more than `budget`; the least one where none does.
    func quality(for budget: Double) -> Double {
        let next = costs.firstSorted { $0 > budget }
        guard next > 0 else { return qualities[0] }
        guard isDivisible, next < costs.count else { return qualities[next - 1] }
        let share = (budget - costs[next - 1]) / (costs[next] - costs[next - 1])
        return qualities[next - 1] + share * (qualities[next] - qualities[next - 1])
    }
}
