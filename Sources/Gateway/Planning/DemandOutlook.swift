internal import Domain
internal import Forecasting
internal import Ledger

/// What is expected to be asked in the hours to come, and what was asked in those before.
struct DemandOutlook: Sendable {
    /// Requests, hour by hour and group by group, each more than 0: shares of nothing would not be defined.
    let values: [Double]
    /// Of these, the ones that come nine times in ten: what windows that are short of quality can be mended with later.
    let floor: [Double]
    /// More than these come one time in ten: for those who look at the plan.
    let ceiling: [Double]
    /// The complete hours of the last windows: requests and the sum of their qualities, hour by hour and group by group.
    let past: (demand: [Double], quality: [Double])

    /// The least that is expected of a group in an hour.
    private static let least = 0.01
    /// The share of expected requests that is always counted on: without it all would be served at the best tier beforehand.
    private static let floorShareMin = 0.5

    /// The outlook from an hour on.
    ///
    /// - Parameters:
    ///   - hour: The hour at hand, since 1970 UTC.
    ///   - passed: The share of it that has passed, 0 to 1.
    ///   - horizon: How many hours from it on.
    ///   - back: How many hours before it windows reach back to.
    ///   - rows: What was asked before it.
    ///   - seen: What was asked in it so far, by group.
    ///   - fleet: The groups and tiers.
    ///   - models: Places in the catalogue, by model.
    init(
        from hour: Int,
        passed: Double,
        horizon: Int,
        back: Int,
        rows: [DemandRow],
        seen: [String: Int],
        fleet: PlannedFleet,
        models: [ModelID: Int]
    ) {
        let width = fleet.groups.count
        let rows = rows.filter { $0.hour < hour }
        let first = rows.map(\.hour).min() ?? hour
        var demand = [[Double]](repeating: [Double](repeating: 0, count: hour - first), count: width)
        var quality = demand
        let lowest = fleet.rungs.first?.quality ?? 0
        for row in rows {
            let group = fleet.group(named: row.group)
            let rung = row.model.flatMap { models[$0] }.flatMap(fleet.rung(ofModel:))
            demand[group][row.hour - first] += Double(row.requests)
            // What no model has answered was no quality at all.
            let each = row.model == nil ? 0 : rung.map { fleet.rungs[$0].quality } ?? lowest
            quality[group][row.hour - first] += Double(row.requests) * each
        }
        var values = [Double](repeating: 0, count: horizon * width)
        var floor = values
        var ceiling = values
        for (group, series) in demand.enumerated() {
            let history = HourlySeries(start: Hour(number: first), values: series)
            let forecast = CombinedForecaster().forecast(history, horizon: horizon)
            var expected = forecast.values
            Self.correct(&expected[0], by: seen[fleet.groups[group].id] ?? 0, passed: passed)
            for place in 0..<horizon {
                let value = max(expected[place], Self.least)
                let share = forecast.quantiles[0].values[place] / max(forecast.values[place], Self.least)
                values[place * width + group] = value
                let most = forecast.quantiles.last?.values[place] ?? value
                ceiling[place * width + group] = place == 0 ? value : max(value, most)
                // The hour at hand is decided now: what comes of it gets the tiers that it is to have.
                floor[place * width + group] = place == 0 ? value : value * min(max(share, Self.floorShareMin), 1)
            }
        }
        self.values = values
        self.floor = floor
        self.ceiling = ceiling
        let kept = min(back, hour - first)
        func last(_ sums: [[Double]]) -> [Double] {
            (hour - first - kept..<hour - first).flatMap { place in sums.map { $0[place] } }
        }
        past = (last(demand), last(quality))
    }

    /// What has come of an hour's requests says how many more will: the more has passed of it, the more it does.
    static func correct(_ expected: inout Double, by seen: Int, passed: Double) {
        let passed = min(max(passed, 0), 1)
        let soFar = expected * passed
        // Five requests more or less are chance.
        let factor = (Double(seen) + 5) / (soFar + 5)
        expected = Double(seen) + expected * (1 - passed) * min(max(factor, 0.25), 4)
    }
}
