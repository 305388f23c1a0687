internal import LinearAlgebra

/// A linear model for each hour ahead, on what was an hour, a day, a week ago: ridge regression.
///
/// A model learns from the days' own origins at the same hour of the day, so that each pair of hours has its own weights:
/// that of noon on the evening before, that of midnight on midnight. Its columns are the last day's hours, the means of the
/// last days and weeks, the values one and two weeks before the hour ahead, and the day of the week. Leads of a day share
/// the factored products of all columns but two, which makes a model for each hour cheap.
public struct LagRidge: Forecaster {
    /// Learns from so many days before the origin.
    public var days = 728
    /// Weighs down coefficients, for values whose deviation is 1.
    public var penalty = 10.0
    /// With fewer days than this, the origins an hour before and behind are learned from as well.
    public var narrowDays = 180

    /// The usual model.
    public init() {}

    /// `ridge`.
    public var name: String { "ridge" }

    /// How far the columns look back.
    static let reach = 336
    /// Fewer days teach nothing.
    private static let daysMin = 14

    /// Models learned before the first origin, applied to each.
    ///
    /// Origins at other hours of the day have models of their own.
    public func forecasts(of series: HourlySeries, from origins: [Int], horizon: Int) -> [[Double]]? {
        guard let first = origins.first else { return nil }
        var result = [[Double]](repeating: [], count: origins.count)
        for phase in Set(origins.map { $0 % 24 }).sorted() {
            let places = origins.indices.filter { origins[$0] % 24 == phase }
            let last = first - (first - phase + 24) % 24
            guard let rows = rows(before: first, origin: last, horizon: horizon) else { return nil }
            let fit = LagRidgeFit(series, rows: rows, penalty: penalty, until: first)
            let forecasts = fit.forecasts(from: places.map { origins[$0] }, horizon: horizon)
            for (place, forecast) in zip(places, forecasts) { result[place] = forecast }
        }
        return result
    }

    /// The origins to learn from, the oldest first; `nil` if there are too few.
    private func rows(before first: Int, origin: Int, horizon: Int) -> [LagRidgeFit.Row]? {
        let possible = min(days, (origin - Self.reach - 1) / 24)
        guard possible >= Self.daysMin else { return nil }
        let width = possible < narrowDays ? 1 : 0
        return (1...possible).reversed().flatMap { day in
            (-width...width).map { LagRidgeFit.Row(origin: origin - 24 * day + $0, dayOrigin: origin - 24 * day) }
        }
    }
}
