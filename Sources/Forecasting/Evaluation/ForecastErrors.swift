/// How far forecasts were from what came, over any number of hours.
///
/// Hyndman and Koehler, "Another look at measures of forecast accuracy", 2006.
public struct ForecastErrors: Hashable, Sendable {
    /// How many hours there were.
    public private(set) var count = 0
    private var absolute = 0.0
    private var actual = 0.0
    private var symmetric = 0.0
    private var scaled = 0.0
    private var percentage = 0.0
    private var percentages = 0

    /// Nothing yet.
    public init() {}

    /// Takes in an hour.
    ///
    /// - Parameters:
    ///   - forecast: What was said.
    ///   - actual: What came.
    ///   - scale: What ``scale(of:)`` gives for the values before the origin.
    public mutating func add(_ forecast: Double, actual: Double, scale: Double) {
        let error = abs(forecast - actual)
        count += 1
        absolute += error
        self.actual += abs(actual)
        if error > 0 { symmetric += 2 * error / (abs(forecast) + abs(actual)) }
        scaled += scale > 0 ? error / scale : 0
        guard actual != 0 else { return }
        percentage += error / abs(actual)
        percentages += 1
    }

    /// Takes in what another has.
    public mutating func add(_ other: ForecastErrors) {
        count += other.count
        absolute += other.absolute
        actual += other.actual
        symmetric += other.symmetric
        scaled += other.scaled
        percentage += other.percentage
        percentages += other.percentages
    }

    /// The sum of errors in per cent of the sum of values; `nil` if all of these are 0.
    public var wape: Double? { actual > 0 ? 100 * absolute / actual : nil }

    /// The mean of errors in per cent of the mean of forecast and value, from 0 to 200.
    public var smape: Double? { mean(100 * symmetric) }

    /// The mean of errors in terms of what yesterday's value missed by before.
    public var mase: Double? { mean(scaled) }

    /// The mean of errors in per cent of the value, of hours that are not 0.
    public var mape: Double? { percentages > 0 ? 100 * percentage / Double(percentages) : nil }

    /// The mean of errors, in the series' own unit.
    public var mean: Double? { mean(absolute) }

    private func mean(_ sum: Double) -> Double? { count > 0 ? sum / Double(count) : nil }

    /// By how much a value differs from that of a day before in the mean: the unit of ``mase``; 0 of less than a day.
    public static func scale(of history: some RandomAccessCollection<Double>) -> Double {
        guard history.count > 24 else { return 0 }
        let sum = zip(history.dropFirst(24), history).reduce(0) { $0 + abs($1.0 - $1.1) }
        return sum / Double(history.count - 24)
    }
}
