internal import Accounting
internal import Forecasting

/// What the grid is expected to emit in the hours to come.
struct IntensityOutlook: Hashable, Sendable {
    /// Whose word it is.
    enum Basis: String, Hashable, Sendable {
        /// The source's own forecast, as far as that goes.
        case source
        /// A forecast from what was read.
        case history
        /// One figure for all hours, for want of readings.
        case constant
    }

    /// In g CO2e/kWh, an hour each.
    let values: [Double]
    /// Of the first hours, whose word it is.
    let basis: Basis

    /// The outlook from an hour on.
    ///
    /// - Parameters:
    ///   - hour: The first hour, since 1970 UTC; what is known of it is known.
    ///   - horizon: How many.
    ///   - history: What was read of hours before, by the hour.
    ///   - series: What the source said; readings that it did not call forecasts are not looked at before their time.
    ///   - now: What is reckoned with at this moment.
    init(
        from hour: Int,
        horizon: Int,
        history: [Int: Double],
        series: IntensitySeries?,
        now: Double
    ) {
        let foreseen = (1..<max(horizon, 2)).map { series?.forecast(ofHour: hour + $0) }
        let own = Self.forecast(after: history.filter { $0.key < hour }, from: hour, horizon: horizon)
        let source = foreseen.prefix { $0 != nil }.count
        values = (0..<horizon).map { place in
            place == 0 ? now : foreseen[place - 1] ?? own?[place] ?? now
        }
        basis = source >= min(6, horizon - 1) ? .source : own != nil ? .history : .constant
    }

    /// What own methods make of a history that has a day or more and few gaps.
    private static func forecast(after history: [Int: Double], from hour: Int, horizon: Int) -> [Double]? {
        guard let first = history.keys.min(), hour - first >= 24 else { return nil }
        let values = (first..<hour).map { history[$0] }
        guard let series = try? GapRule().series(values, from: Hour(number: first), named: "the grid") else {
            return nil
        }
        return CombinedForecaster().forecast(series, horizon: horizon).values
    }
}

extension IntensitySeries {
    /// The mean of an hour since 1970 UTC as it was foreseen; `nil` where a part of it was not.
    fileprivate func forecast(ofHour hour: Int) -> Double? {
        let range = Int64(hour) * 3600..<Int64(hour + 1) * 3600
        guard let reading = reading(at: range.lowerBound), reading.kind == .forecast, let mean = mean(over: range),
            mean.coverage > 0.99
        else { return nil }
        return mean.gramsPerKilowattHour
    }

    /// The means of the complete hours that were read, by the hour since 1970 UTC.
    func hours(_ range: Range<Int>) -> [Int: Double] {
        var hours: [Int: Double] = [:]
        for hour in range {
            let seconds = Int64(hour) * 3600..<Int64(hour + 1) * 3600
            guard let reading = reading(at: seconds.lowerBound), reading.kind != .forecast else { continue }
            if let mean = mean(over: seconds), mean.coverage > 0.5 { hours[hour] = mean.gramsPerKilowattHour }
        }
        return hours
    }
}
