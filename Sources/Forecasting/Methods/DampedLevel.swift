/// The usual course of a day, or of a week, on a level that is followed by exponential smoothing and falls back to its mean.
///
/// What the theta method does to series without a trend: seasons are taken off, the rest is smoothed, seasons come back. The
/// smoothing is the one of a few that would have erred least in the last weeks, a day ahead. Assimakopoulos and Nikolopoulos,
/// "The theta model", 2000; Gardner and McKenzie, "Forecasting trends in time series", 1985, for the damping.
public struct DampedLevel: Forecaster {
    /// The hours after which the course repeats itself: 24 or 168.
    public let period: Int
    /// How many periods the course is taken from.
    public var periods: Int
    /// After so many hours a third of the level's distance from its mean is left.
    public var dampingHours = 60.0

    /// The method for a course of so many hours, 1 or more.
    public init(period: Int) {
        self.period = max(period, 1)
        periods = period > 24 ? 4 : 14
    }

    /// Such as `level 24`.
    public var name: String { "level \(period)" }

    /// Level and course of what lies before each origin.
    public func forecasts(of series: HourlySeries, from origins: [Int], horizon: Int) -> [[Double]]? {
        guard let first = origins.first, first >= 2 * period else { return nil }
        return origins.map { values(of: series.values, from: $0, horizon: horizon) }
    }

    private static let smoothings = [0.02, 0.05, 0.1, 0.2, 0.4, 0.7]

    private func values(of values: [Double], from origin: Int, horizon: Int) -> [Double] {
        let count = min(periods, origin / period)
        let start = origin - count * period
        let course = course(of: values, from: start, count: count)
        let rest = (0..<count * period).map { values[start + $0] - course[$0 % period] }
        var best = (error: Double.infinity, level: 0.0)
        for smoothing in Self.smoothings {
            let tried = Self.smoothed(rest, by: smoothing, period: period)
            if tried.error < best.error { best = tried }
        }
        let mean = rest.reduce(0, +) / Double(rest.count)
        let decay = Exponential.decay(hours: dampingHours)
        var distance = best.level - mean
        return (0..<horizon).map { hour in
            distance *= decay
            return mean + distance + course[hour % period]
        }
    }

    /// The median distance of each hour from the mean of its period; from the middle of the week on, where that is a week.
    private func course(of values: [Double], from start: Int, count: Int) -> [Double] {
        let means = (0..<count).map { index in
            let begin = start + index * period
            return values[begin..<begin + period].reduce(0, +) / Double(period)
        }
        return (0..<period).map { hour in
            let distances = (0..<count).map { values[start + $0 * period + hour] - means[$0] }
            return Quantiles.value(of: distances.sorted(), at: 0.5)
        }
    }

    /// The last level, and the mean error of such levels up to a day ahead.
    private static func smoothed(_ rest: [Double], by smoothing: Double, period: Int) -> (error: Double, level: Double)
    {
        let first = rest.prefix(24)
        var level = first.reduce(0, +) / Double(first.count)
        var (error, count) = (0.0, 0)
        for index in first.count..<rest.count {
            for lead in [0, 5, 11, 23] where index + lead < rest.count {
                error += abs(rest[index + lead] - level)
                count += 1
            }
            level += smoothing * (rest[index] - level)
        }
        return (count > 0 ? error / Double(count) : 0, level)
    }
}
