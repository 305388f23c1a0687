import Forecasting
import Planning

/// What forecasts make of the hours before: the outlook of one who does not know what comes.
struct SeriesOutlook: PlanOutlook {
    private let source: PlanScenario
    private let demand: any Forecaster
    private let intensity: any Forecaster

    /// An outlook on the hours of a scenario, by these methods.
    init(_ source: PlanScenario, demand: any Forecaster, intensity: any Forecaster) {
        self.source = source
        self.demand = demand
        self.intensity = intensity
    }

    func expectation(at hour: Int, count: Int) -> (demand: [Double], intensity: [Double]) {
        let now = source.start.advanced(by: hour)
        let requests = Self.values(of: source.demand, from: now, count: count, by: demand)
        let grams = Self.values(of: source.intensity, from: now, count: count, by: intensity)
        let weights = source.scenario.groups.map(\.weight)
        return (requests.flatMap { total in weights.map { max(0, total) * $0 } }, grams.map { max(0, $0) })
    }

    /// What is expected of a series from an hour on, whose own value is known; where there is too little behind it for the
    /// method, the day before is repeated, or the hour itself.
    private static func values(
        of series: HourlySeries,
        from now: Hour,
        count: Int,
        by method: any Forecaster
    ) -> [Double] {
        let origin = series.start.distance(to: now) + 1
        let known = series[series.start..<now.advanced(by: 1)]
        guard let first = known.values.last else { return Array(repeating: 0, count: count) }
        if let ahead = method.forecasts(of: known, from: [origin], horizon: count - 1)?.first { return [first] + ahead }
        let day = known.values.suffix(24)
        return [first] + (0..<max(count - 1, 0)).map { day[day.startIndex + $0 % day.count] }
    }
}
