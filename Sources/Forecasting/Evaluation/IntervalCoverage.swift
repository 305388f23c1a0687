/// How often what came lay below the levels that a forecast gave, and what missing them cost.
public struct IntervalCoverage: Hashable, Sendable {
    private var hours = 0
    private var below: [Double: Int] = [:]
    private var loss = 0.0
    private var losses = 0

    /// Nothing yet.
    public init() {}

    /// Takes in an hour.
    mutating func add(_ quantiles: [Forecast.Quantile], hour: Int, actual: Double) {
        guard !quantiles.isEmpty else { return }
        hours += 1
        for quantile in quantiles {
            let error = actual - quantile.values[hour]
            below[quantile.level, default: 0] += error <= 0 ? 1 : 0
            loss += error > 0 ? quantile.level * error : (quantile.level - 1) * error
            losses += 1
        }
    }

    /// Of each level the share of hours that lay at it or below, by rising level: as large as the level, if it is right.
    public var shares: [(level: Double, share: Double)] {
        below.sorted { $0.key < $1.key }.map { ($0.key, Double($0.value) / Double(max(hours, 1))) }
    }

    /// The mean pinball loss over levels and hours, in the series' unit; `nil` without levels.
    public var pinball: Double? { losses > 0 ? loss / Double(losses) : nil }
}
