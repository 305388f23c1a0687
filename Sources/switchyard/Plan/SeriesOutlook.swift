import Configuration
import Forecasting
import Planning

/// What forecasts make of the hours before: the outlook of one who does not know what comes.
struct SeriesOutlook: PlanOutlook {
    private let source: PlanScenario
    private let forecast: OptimizerSettings.Forecast
    /// What is foreseen of the grid; `nil` where all is forecast.
    private let foresight: Foresight?

    /// An outlook on the hours of a scenario.
    init(_ source: PlanScenario, by forecast: OptimizerSettings.Forecast, zone: String, seed: UInt64) throws {
        self.source = source
        self.forecast = forecast
        foresight = forecast == .carbonCast ? Foresight(carbonCastOf: zone, seed: seed) : nil
        if forecast == .carbonCast, foresight == nil {
            throw PlanCommandError("CarbonCast's errors are not known for \(zone): choose forecast=combined")
        }
    }

    func expectation(at hour: Int, count: Int) -> (demand: [Double], intensity: [Double]) {
        let now = source.start.advanced(by: hour)
        let requests = values(of: source.demand, from: now, count: count, season: 168)
        var grams = values(of: source.intensity, from: now, count: count, season: 24)
        if let foresight {
            let origin = source.intensity.start.distance(to: now)
            let known = foresight.values(of: source.intensity, from: origin, horizon: min(count, 96))
            grams.replaceSubrange(..<known.count, with: known)
        }
        let weights = source.scenario.groups.map(\.weight)
        return (requests.flatMap { total in weights.map { max(0, total) * $0 } }, grams.map { max(0, $0) })
    }

    /// What is expected of a series from an hour on, whose own value is known.
    private func values(of series: HourlySeries, from now: Hour, count: Int, season: Int) -> [Double] {
        let known = series[series.start..<now.advanced(by: 1)]
        guard let first = known.values.last, count > 0 else { return Array(repeating: 0, count: count) }
        if forecast == .naive, let ahead = SeasonalNaive(period: season).forecast(known, horizon: count - 1) {
            return [first] + ahead
        }
        var method = CombinedForecaster()
        method.prior = first
        return [first] + method.forecast(known, horizon: count - 1).values
    }
}
