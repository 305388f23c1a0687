public import Domain

/// A trend that bends, plus seasons, plus holidays: fitted as a whole, as Prophet does it.
///
///     y(t) = g(t) + Σ_p Σ_k (a_pk·cos(2πkt/p) + b_pk·sin(2πkt/p)) + Σ_holidays c_h + noise
///
/// The trend g has changepoints at even distances, whose bends have a Laplace prior, and seasons and holidays have normal
/// ones; the fit is the maximum of the posterior. Taylor and Letham, "Forecasting at scale", 2018. Values are divided by their
/// largest magnitude and time runs from 0 to 1 over the history, so that the priors' scales mean what they mean there.
public struct AdditiveModel: Hashable, Sendable {
    /// How the trend goes.
    public enum Growth: Hashable, Sendable {
        /// It stays where it is.
        case flat
        /// Straight pieces.
        case linear
        /// Between a floor and a cap, in the series' unit, that it never reaches.
        case logistic(floor: Double, cap: Double)
    }

    /// How the trend goes.
    public var growth = Growth.linear
    /// How many bends the trend may have.
    public var changepoints = 25
    /// Bends lie in the first part of the history, so large.
    public var changepointRange = 0.8
    /// The scale of the Laplace prior on bends: more makes the trend follow faster.
    public var changepointScale = 0.05
    /// The deviation of the normal prior on seasons and holidays.
    public var seasonScale = 10.0
    /// Harmonics of the day; left out of less than two days of history.
    public var dailyHarmonics = 4
    /// Harmonics of the week; left out of less than two weeks.
    public var weeklyHarmonics = 3
    /// Harmonics of the year; left out of less than two years.
    public var yearlyHarmonics = 10
    /// Days on which things are otherwise, by what they have in common.
    public var holidays: [String: Set<Day>] = [:]
    /// Older values are not looked at; three years.
    public var historyHoursMax = 26_304

    /// Prophet's own settings.
    public init() {}
}

extension AdditiveModel: Forecaster {
    /// `additive`.
    public var name: String { "additive" }

    /// One fit to what lies before the first origin, continued from each of them.
    public func forecasts(of series: HourlySeries, from origins: [Int], horizon: Int) -> [[Double]]? {
        guard let first = origins.first, let fit = AdditiveFit(self, to: history(of: series, before: first)) else {
            return nil
        }
        return origins.map { origin in fit.values(from: series.start.advanced(by: origin), count: horizon) }
    }

    /// What is expected after a series, and levels of ``Forecast/Quantile`` for these shares; `nil` of less than two days.
    ///
    /// Levels hold the noise and bends of the trend yet to come, as frequent and as sharp as those of the history; they are
    /// sampled, by a generator with this seed.
    public func forecast(
        _ history: HourlySeries,
        horizon: Int,
        levels: [Double],
        samples: Int = 300,
        seed: UInt64 = 1
    ) -> Forecast? {
        guard let fit = AdditiveFit(self, to: self.history(of: history, before: history.count)) else { return nil }
        let values = fit.values(from: history.end, count: horizon)
        let errors = fit.sampledErrors(count: horizon, samples: max(samples, 1), seed: seed)
        let quantiles = levels.sorted().map { level in
            Forecast.Quantile(
                level: level,
                values: values.indices.map { values[$0] + Quantiles.value(of: errors[$0], at: level) }
            )
        }
        return Forecast(start: history.end, values: values, quantiles: quantiles)
    }

    private func history(of series: HourlySeries, before origin: Int) -> HourlySeries {
        series[series.start.advanced(by: max(0, origin - historyHoursMax))..<series.start.advanced(by: origin)]
    }
}
