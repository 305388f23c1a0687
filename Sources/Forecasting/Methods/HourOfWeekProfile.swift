/// Each hour of the week is what it was in the last weeks, moved by how the last day differed.
///
/// The mean over four weeks, of values clipped to six median absolute deviations around their hour's median, so that an
/// outage is not expected again. Of the last day's distance from it, part stays as long as the forecast goes; what the last
/// hour is beyond that dies away in some hours.
public struct HourOfWeekProfile: Forecaster {
    /// How many weeks are looked at; at least two have to be there.
    public var weeks = 4
    /// Values further from their median are clipped, in deviations of a normal distribution.
    public var clip = 6.0
    /// How much of the last day's distance stays.
    public var levelShare = 0.5
    /// How much of the last hour's further distance goes on at first.
    public var residualShare = 0.8
    /// After so many hours a third of it is left.
    public var residualHours = 12.0

    /// The usual profile.
    public init() {}

    /// `profile`.
    public var name: String { "profile" }

    /// The profile of what lies before each origin.
    public func forecasts(of series: HourlySeries, from origins: [Int], horizon: Int) -> [[Double]]? {
        guard let first = origins.first, first >= 336, weeks > 1 else { return nil }
        return origins.map { values(of: series.values, from: $0, horizon: horizon) }
    }

    private func values(of values: [Double], from origin: Int, horizon: Int) -> [Double] {
        let count = min(weeks, origin / 168)
        let start = origin - 168 * count
        // The week by its median and its mean without outliers, from the hour of the origin on.
        let medians = (0..<168).map { hour in
            Quantiles.value(of: (0..<count).map { values[start + 168 * $0 + hour] }.sorted(), at: 0.5)
        }
        let distances = (0..<168 * count).map { abs(values[start + $0] - medians[$0 % 168]) }.sorted()
        let limit = clip * Quantiles.normalDeviation * Quantiles.value(of: distances, at: 0.5)
        func clipped(_ index: Int, _ hour: Int) -> Double {
            limit > 0 ? min(max(values[index], medians[hour] - limit), medians[hour] + limit) : values[index]
        }
        let profile = (0..<168).map { hour in
            (0..<count).reduce(0) { $0 + clipped(start + 168 * $1 + hour, hour) } / Double(count)
        }
        let lastDay = 144..<168
        let level = levelShare * lastDay.reduce(0) { $0 + clipped(origin - 168 + $1, $1) - profile[$1] } / 24
        var residual = residualShare * (values[origin - 1] - profile[167] - level)
        let decay = Exponential.decay(hours: residualHours)
        return (0..<horizon).map { hour in
            residual *= decay
            return profile[hour % 168] + level + residual
        }
    }
}
