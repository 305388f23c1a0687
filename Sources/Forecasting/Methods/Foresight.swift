/// Forecasts that know what will come, wholly or with an error of a published size: for experiments, never for service.
///
/// What an experiment with them reaches bounds what better forecasts can bring. With errors, each of the first days is the
/// truth times 1 + N(0, σ), where σ = MAPE · √(π/2) gives the day's mean absolute percentage error; Wiesner et al.,
/// "Carbon-Aware Quality Adaptation for Energy-Intensive Services", 2025, size it to CarbonCast's: Maji et al., 2022.
public struct Foresight: Hashable, Sendable {
    /// The mean absolute percentage error of each day ahead, as a share; none for the truth itself.
    public let dailyErrors: [Double]
    private let seed: UInt64

    /// The truth.
    public static let exact = Foresight(dailyErrors: [], seed: 0)

    /// The truth with errors of these sizes, such as 0.08 for the first day; `seed` decides all chance.
    public init(dailyErrors: [Double], seed: UInt64) {
        self.dailyErrors = dailyErrors
        self.seed = seed
    }

    /// The truth with the errors that CarbonCast is published with for a zone, `nil` for zones that are not listed.
    ///
    /// - Parameters:
    ///   - zone: Electricity Maps' name.
    ///   - seed: Decides all chance.
    public init?(carbonCastOf zone: String, seed: UInt64) {
        guard let errors = Self.carbonCast[zone] else { return nil }
        self.init(dailyErrors: errors, seed: seed)
    }

    private static let carbonCast: [String: [Double]] = [
        "US-CAL-CISO": [0.0808, 0.1119, 0.1293, 0.1362], "US-TEX-ERCO": [0.0978, 0.1093, 0.1161, 0.1223],
        "US-MIDA-PJM": [0.0369, 0.0493, 0.0587, 0.0667], "US-NY-NYIS": [0.0691, 0.0906, 0.0995, 0.1042],
        "DE": [0.0781, 0.1069, 0.1280, 0.1555], "DE-LU": [0.0781, 0.1069, 0.1280, 0.1555],
        "ES": [0.1012, 0.1600, 0.1937, 0.2112], "NL": [0.0606, 0.0787, 0.0908, 0.0999],
        "PL": [0.0312, 0.0414, 0.0472, 0.0550], "SE": [0.0429, 0.0564, 0.0643, 0.0674],
        "AU-QLD": [0.0393, 0.0398, 0.0406, 0.0587],
    ]

    /// How the latest daily forecasts erred.
    ///
    /// - Parameters:
    ///   - truth: What came.
    ///   - origin: An index of `truth`; only hours before it are looked at, in the forecasts of 14 days that ended there.
    /// - Returns: The same deviation for all hours of a day ahead, 0 for days ahead of which nothing has come.
    public func record(of truth: HourlySeries, before origin: Int) -> ErrorRecord {
        var record = ErrorRecord(deviations: [], correlation: 0)
        var (products, squares) = (0.0, 0.0)
        for day in dailyErrors.indices {
            let issues = (day + 1...day + 14).map { origin - 24 * $0 }.filter { $0 >= 0 }
            let errors = issues.map { issue in
                let foreseen = values(of: truth, from: issue, horizon: 24 * (day + 1))
                return (24 * day..<24 * (day + 1)).map { foreseen[$0] - truth.values[issue + $0] }
            }
            let sum = errors.joined().reduce(0) { $0 + $1 * $1 }
            let deviation = (sum / Double(max(24 * errors.count, 1))).squareRoot()
            record.deviations += repeatElement(deviation, count: 24)
            guard deviation > 0 else { continue }
            squares += sum * 23 / 24 / (deviation * deviation)
            products +=
                errors.reduce(0) { $0 + zip($1, $1.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } }
                / (deviation * deviation)
        }
        record.correlation = squares > 0 ? min(max(products / squares, 0), 1) : 0
        return record
    }

    /// What is foreseen from an hour of a series on; shorter than `horizon` where the series ends.
    ///
    /// - Parameters:
    ///   - truth: What will come is part of it.
    ///   - origin: An index of `truth`: the first hour foreseen. Every origin has errors of its own.
    ///   - horizon: How many hours.
    ///   - forecaster: Says the days beyond those that have errors, from what lies before the origin; the truth if it is
    ///     `nil`, or if there are no errors.
    /// - Returns: Values of which none is below 0 where the truth is not.
    public func values(
        of truth: HourlySeries,
        from origin: Int,
        horizon: Int,
        then forecaster: (any Forecaster)? = nil
    ) -> [Double] {
        let count = max(0, min(horizon, truth.count - origin))
        let actual = truth.values[origin..<origin + count]
        guard !dailyErrors.isEmpty else { return Array(actual) }
        var chance = NormalGenerator(seed: seed &+ UInt64(truncatingIfNeeded: origin) &* 0x9E37_79B9_7F4A_7C15)
        let known = min(count, 24 * dailyErrors.count)
        var values = actual.prefix(known).enumerated().map { hour, value in
            let deviation = dailyErrors[hour / 24] * (Double.pi / 2).squareRoot()
            let noisy = value * (1 + deviation * chance.next())
            return value >= 0 ? max(0, noisy) : noisy
        }
        guard known < count else { return values }
        let beyond = forecaster.flatMap { $0.forecasts(of: truth, from: [origin], horizon: count)?.first }
        values += (beyond ?? Array(actual))[known...]
        return values
    }
}
