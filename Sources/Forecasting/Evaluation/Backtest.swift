/// Forecasts of hours that have been, each from what lay before its origin, held against what came.
public struct Backtest: Hashable, Sendable {
    /// What is forecast.
    public let series: HourlySeries
    /// How many hours from each origin on.
    public let horizon: Int
    /// Indices of the series, rising, with a whole horizon behind each.
    public let origins: [Int]
    /// Errors are told over so many hours from the origin on.
    public let leads: [Int]

    /// A backtest.
    ///
    /// - Parameters:
    ///   - series: What is forecast.
    ///   - horizon: How many hours from each origin on, 1 or more.
    ///   - first: The first origin.
    ///   - step: Hours from one origin to the next; 24 keeps the hour of the day.
    ///   - originsMax: Of more origins so many are kept, evenly over all of them.
    public init(of series: HourlySeries, horizon: Int, from first: Int, every step: Int, originsMax: Int = .max) {
        self.series = series
        let horizon = max(horizon, 1)
        self.horizon = horizon
        let all = Array(stride(from: max(first, 1), through: series.count - horizon, by: max(step, 1)))
        let kept = min(all.count, max(originsMax, 1))
        origins = (0..<kept).map { all[kept > 1 ? $0 * (all.count - 1) / (kept - 1) : all.count - 1] }
        leads = Array(Set([24, 168, horizon].filter { $0 <= horizon })).sorted()
    }

    /// What one method came to.
    public struct Result: Hashable, Sendable {
        /// The method.
        public let name: String
        /// Its errors for each of the backtest's leads.
        public let errors: [ForecastErrors]
        /// How many origins it had too little before; they are not among the errors.
        public let skipped: Int
        /// Median time of a forecast with all that it learns anew, in milliseconds.
        public let milliseconds: Double
        /// The shortest of them: what it takes where nothing else runs.
        public let millisecondsMin: Double
        /// How often quantiles held, for each lead, if the method gives any.
        public let coverage: [IntervalCoverage]
    }

    /// Forecasts every origin, by a method that learns anew at each.
    ///
    /// - Parameters:
    ///   - name: What the method is called.
    ///   - progress: Called after each origin.
    ///   - method: The forecast of a history; `nil` if it is too short.
    /// - Returns: What it came to.
    public func run(
        _ name: String,
        progress: () -> Void = {},
        _ method: (HourlySeries, _ horizon: Int) -> Forecast?
    ) -> Result {
        var errors = leads.map { _ in ForecastErrors() }
        var coverage = leads.map { _ in IntervalCoverage() }
        var skipped = 0
        var times: [Double] = []
        for origin in origins {
            let history = series[series.start..<series.start.advanced(by: origin)]
            let began = ContinuousClock.now
            let forecast = method(history, horizon)
            times.append((ContinuousClock.now - began) / .milliseconds(1))
            progress()
            guard let forecast else {
                skipped += 1
                continue
            }
            let actual = series.values[origin..<origin + horizon]
            let scale = ForecastErrors.scale(of: history.values)
            for (place, lead) in leads.enumerated() {
                for (hour, value) in actual.prefix(lead).enumerated() {
                    errors[place].add(forecast.values[hour], actual: value, scale: scale)
                    coverage[place].add(forecast.quantiles, hour: hour, actual: value)
                }
            }
        }
        return Result(
            name: name,
            errors: errors,
            skipped: skipped,
            milliseconds: times.sorted().dropFirst(times.count / 2).first ?? 0,
            millisecondsMin: times.min() ?? 0,
            coverage: coverage
        )
    }

    /// Forecasts every origin by `forecaster`.
    public func run(_ forecaster: some Forecaster, progress: () -> Void = {}) -> Result {
        run(forecaster.name, progress: progress) { history, horizon in
            forecaster.forecast(history, horizon: horizon).map { Forecast(start: history.end, values: $0) }
        }
    }
}
