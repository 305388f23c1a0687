import ArgumentParser
import Forecasting

/// The ways to forecast, by the names of the command line.
enum ForecastMethod: String, CaseIterable, ExpressibleByArgument {
    case combined
    case naiveDay = "naive-24"
    case naiveWeek = "naive-168"
    case levelDay = "level-24"
    case levelWeek = "level-168"
    case profile
    case ridge
    case additive

    /// The one method; `nil` for all of them together.
    private func forecaster(_ model: AdditiveModel) -> (any Forecaster)? {
        switch self {
        case .combined: nil
        case .naiveDay: SeasonalNaive(period: 24)
        case .naiveWeek: SeasonalNaive(period: 168)
        case .levelDay: DampedLevel(period: 24)
        case .levelWeek: DampedLevel(period: 168)
        case .profile: HourOfWeekProfile()
        case .ridge: LagRidge()
        case .additive: model
        }
    }

    /// The forecast after a history, with levels and what it is made of; of a history that is too short, the mean.
    func combination(of history: HourlySeries, horizon: Int, _ model: AdditiveModel) -> Combination {
        var combined = forecaster(model).map { CombinedForecaster([$0]) } ?? CombinedForecaster()
        // All that is known is in the file: without this little would be drawn towards nothing.
        combined.prior = history.mean
        // The additive model has levels of its own.
        if self == .additive, let forecast = model.forecast(history, horizon: horizon, levels: combined.levels) {
            return Combination(forecast: forecast)
        }
        return combined.combination(of: history, horizon: horizon)
    }

    /// The forecast after a history; `nil` if it is too short for the method.
    func forecast(_ history: HourlySeries, horizon: Int, _ model: AdditiveModel) -> Forecasting.Forecast? {
        guard let forecaster = forecaster(model) else {
            return CombinedForecaster().forecast(history, horizon: horizon)
        }
        return forecaster.forecast(history, horizon: horizon).map { Forecast(start: history.end, values: $0) }
    }
}

/// What the additive model is told.
struct AdditiveOptions: ParsableArguments {
    @Option(help: "The additive model's trend: flat, linear or logistic.") var growth = "linear"
    @Option(help: "A logistic trend's lower bound.") var floor = 0.0
    @Option(help: "A logistic trend's upper bound.") var cap: Double?
    @Option(help: "A CSV file of holidays for the additive model: a day (ds) and a name (holiday) a row.")
    var holidays: String?

    func validate() throws {
        guard ["flat", "linear", "logistic"].contains(growth) else {
            throw ValidationError("--growth is flat, linear or logistic")
        }
        guard growth != "logistic" || cap.map({ $0 > floor }) == true else {
            throw ValidationError("a logistic trend wants a --cap above its --floor")
        }
    }

    /// Everything that changes what the model says, the same for the same.
    static func words(of model: AdditiveModel) -> String {
        let holidays = model.holidays.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.sorted())" }
        return "\(model.growth) \(holidays)"
    }

    func model() throws(SeriesError) -> AdditiveModel {
        var model = AdditiveModel()
        switch growth {
        case "flat": model.growth = .flat
        case "logistic": model.growth = .logistic(floor: floor, cap: cap ?? floor + 1)
        default: model.growth = .linear
        }
        if let holidays { model.holidays = try HolidayFile.holidays(at: holidays) }
        return model
    }
}
