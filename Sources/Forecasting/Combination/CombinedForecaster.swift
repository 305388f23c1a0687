/// Several methods, weighted by how far each was off lately: for this series, and for each day ahead.
///
/// Each method forecasts the last days of the history as if they had not been. Its weight for a day ahead is the inverse of
/// its mean error there, to a power: equals share alike, and a method that does not suit the series is left out. What the
/// combination missed by on these days gives the levels of its quantiles. Bates and Granger, "The combination of
/// forecasts", 1969.
///
/// A history of any length will do: methods that need more than there is are left out, less than a day is drawn towards
/// ``prior``, and from none at all the prior is what is forecast.
public struct CombinedForecaster: Sendable {
    /// What is combined.
    public var methods: [any Forecaster]
    /// How many of the last days are forecast again, a third of the history at most.
    public var trialDays = 56
    /// After so many days an error counts for half as much.
    public var halfLife = 14.0
    /// The power of inverse errors, after many trials; after 14 it is half of it.
    public var sharpness = 10.0
    /// Methods with a smaller share of the best one's weight are left out.
    public var shareMin = 0.1
    /// What takes outages out of the history; `nil` leaves them in.
    public var outliers: OutlierRule? = OutlierRule()
    /// What is expected where nothing is known, in the series' unit.
    public var prior = 0.0
    /// How many hours of history the prior counts for.
    public var priorHours = 6.0
    /// The shares for which levels are given.
    public var levels = [0.1, 0.25, 0.5, 0.75, 0.9]

    /// A combination of these methods.
    public init(_ methods: [any Forecaster] = Self.usual) { self.methods = methods }

    /// Both seasonal naive methods, a level with the course of a day and of a week, the profile, and the ridge.
    public static let usual: [any Forecaster] = [
        SeasonalNaive(period: 24), SeasonalNaive(period: 168), DampedLevel(period: 24), DampedLevel(period: 168),
        HourOfWeekProfile(), LagRidge(),
    ]

    /// What is expected of the hours after a history, whatever its length.
    public func forecast(_ history: HourlySeries, horizon: Int) -> Forecast {
        combination(of: history, horizon: horizon).forecast
    }

    /// The forecast, and how methods were weighted for it.
    public func combination(of history: HourlySeries, horizon: Int) -> Combination {
        guard history.count >= 24 else { return fromPrior(history, horizon: horizon) }
        let clean = cleaned(history)
        var members: [Combination.Member] = []
        var trials: Trials?
        for method in methods {
            guard let values = method.forecast(clean, horizon: horizon) else { continue }
            members.append(Combination.Member(name: method.name, values: values))
            trials = trials ?? Trials(history, cleaned: clean, days: trialDays, halfLife: halfLife, horizon: horizon)
            trials?.add(method)
        }
        guard let trials, !members.isEmpty else { return fromPrior(history, horizon: horizon) }
        let weights = trials.weights(sharpness: sharpness, shareMin: shareMin)
        // What was never below 0 will not be.
        let floor = history.values.contains { $0 < 0 } ? -Double.infinity : 0
        let values = (0..<horizon).map { hour in
            let weights = weights[min(hour / 24, weights.count - 1)]
            return max(floor, zip(weights, members).reduce(0) { $0 + $1.0 * $1.1.values[hour] })
        }
        let errors = trials.sortedErrors(weights: weights)
        let quantiles = levels.sorted().map { level in
            Forecast.Quantile(
                level: level,
                values: values.enumerated().map { hour, value in
                    max(floor, value + Quantiles.value(of: errors[min(hour / 24, errors.count - 1)], at: level))
                }
            )
        }
        return Combination(
            forecast: Forecast(start: history.end, values: values, quantiles: quantiles),
            members: members,
            weights: weights
        )
    }

    /// The history without its outages, if that would have helped the profile lately: bursts may well come again.
    private func cleaned(_ history: HourlySeries) -> HourlySeries {
        guard let outliers else { return history }
        let clean = outliers.cleaned(history)
        guard clean != history else { return history }
        let errors = [history, clean].map { seen -> Double? in
            var trials = Trials(history, cleaned: seen, days: trialDays, halfLife: halfLife, horizon: 24)
            trials.add(HourOfWeekProfile())
            return trials.errors(day: 0)[0]
        }
        guard let raw = errors[0], let cleaned = errors[1] else { return clean }
        return cleaned <= raw ? clean : history
    }

    /// Of less than a day: its mean, drawn towards the prior, without any course.
    private func fromPrior(_ history: HourlySeries, horizon: Int) -> Combination {
        let count = Double(history.count)
        let level = (history.mean * count + prior * priorHours) / max(count + priorHours, 1e-9)
        // Nothing is known of how it varies: from nothing to twice as much.
        let quantiles = levels.sorted().map { share in
            Forecast.Quantile(level: share, values: Array(repeating: 2 * share * level, count: horizon))
        }
        let forecast = Forecast(
            start: history.end,
            values: Array(repeating: level, count: horizon),
            quantiles: quantiles
        )
        return Combination(forecast: forecast, members: [], weights: [])
    }
}
