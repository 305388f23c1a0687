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
        let requests = expected(of: source.demand, from: now, count: count, season: 168).values
        let own = expected(of: source.intensity, from: now, count: count, season: 24)
        let grams = foresight.map { corrected(own, by: $0, age: hour % Self.issueHours) } ?? own.values
        let weights = source.scenario.groups.map(\.weight)
        return (requests.flatMap { total in weights.map { max(0, total) * $0 } }, grams.map { max(0, $0) })
    }

    /// CarbonCast's forecasts come once a day; between them the grid is watched, and each is worth what its record says.
    private static let issueHours = 24

    /// Our own forecast of the grid, corrected by one that is some hours old.
    private func corrected(_ own: Forecast, by foresight: Foresight, age: Int) -> [Double] {
        let issued = source.intensity.start.distance(to: own.start) - age
        let hours = min(own.values.count + age, Self.issueHours * foresight.dailyErrors.count)
        let other = foresight.values(of: source.intensity, from: issued, horizon: hours)
        let record = foresight.record(of: source.intensity, before: issued)
        return own.values(correctedBy: Array(other.dropFirst(age)), record: record.dropFirst(age))
    }

    /// What is expected of a series from an hour on, whose own value is known.
    private func expected(of series: HourlySeries, from now: Hour, count: Int, season: Int) -> Forecast {
        let known = series[series.start..<now.advanced(by: 1)]
        guard let first = known.values.last, count > 0 else {
            return Forecast(start: now, values: Array(repeating: 0, count: count))
        }
        if forecast == .naive, let ahead = SeasonalNaive(period: season).forecast(known, horizon: count - 1) {
            return Forecast(start: now, values: [first] + ahead)
        }
        var method = CombinedForecaster()
        method.prior = first
        let ahead = method.forecast(known, horizon: count - 1)
        let quantiles = ahead.quantiles.map { Forecast.Quantile(level: $0.level, values: [first] + $0.values) }
        return Forecast(start: now, values: [first] + ahead.values, quantiles: quantiles)
    }
}
