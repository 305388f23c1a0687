internal import LinearAlgebra

/// How a forecast errs, as its record says.
public struct ErrorRecord: Hashable, Sendable {
    /// The root mean square of what it was off by, for each hour ahead, in the unit of its values.
    public var deviations: [Double]
    /// How far an hour's error goes on in the next: their correlation, 0 to 1.
    public var correlation: Double

    /// A record.
    public init(deviations: [Double], correlation: Double) {
        (self.deviations, self.correlation) = (deviations, correlation)
    }

    /// The record of what is ahead once some hours have gone by.
    public func dropFirst(_ hours: Int) -> ErrorRecord {
        ErrorRecord(deviations: Array(deviations.dropFirst(hours)), correlation: correlation)
    }
}

extension Forecast {
    /// What is expected where someone else forecasts the same hours: both together, weighted by how each errs.
    ///
    /// Errors of both are taken for normal and for independent of each other, and those of a forecast for correlated by
    /// cʰ over h hours: so of one whose errors go on for a day the course within the day is believed, and of one that is
    /// off by chance in each hour the mean over many. What is returned is the mean of what both leave likely: Bates and
    /// Granger, "The combination of forecasts", 1969, with whole covariances. This forecast's deviations are those of the
    /// normal distributions that have its levels for 0.1 and 0.9; without those levels nothing is known of it, and the other is
    /// believed.
    ///
    /// - Parameters:
    ///   - other: What else is forecast, from the first hour on; fewer hours will do.
    ///   - record: How that errs, hour by hour.
    /// - Returns: As many values as this forecast has.
    /// - Complexity: O(n³) for n hours of `other`: a millisecond for four days.
    public func values(correctedBy other: [Double], record: ErrorRecord) -> [Double] {
        let count = min(values.count, other.count, record.deviations.count)
        guard let low = quantiles.first(where: { $0.level == 0.1 }),
            let high = quantiles.first(where: { $0.level == 0.9 })
        else { return Array(other[..<count]) + values[count...] }
        let deviations = zip(low.values, high.values).map { max(0, $1 - $0) / Self.deviationsBetweenLevels }
        let mine = Self.powers(Self.correlation, count: values.count)
        let theirs = Self.powers(min(max(record.correlation, 0), 0.99), count: count)
        var sums = [Double](repeating: 0, count: count * count)
        for row in 0..<count {
            for column in 0...row {
                sums[row * count + column] =
                    deviations[row] * deviations[column] * mine[row - column]
                    + record.deviations[row] * record.deviations[column] * theirs[row - column]
            }
        }
        let largest = (0..<count).reduce(0) { max($0, sums[$1 * count + $1]) }
        // Where neither has ever been off there is nothing to weigh.
        guard largest > 0, let factor = Cholesky(sums, size: count, ridge: 1e-9 * largest) else { return values }
        var weights = zip(other, values).prefix(count).map { $0 - $1 }
        factor.solve(&weights)
        return values.indices.map { hour in
            weights.indices.reduce(values[hour]) { sum, place in
                sum + deviations[hour] * deviations[place] * mine[abs(hour - place)] * weights[place]
            }
        }
    }

    /// What an hour's error has in common with the next one's: forecasts of grids and of demand err for hours on end.
    private static let correlation = 0.95
    /// Standard deviations of a normal distribution between its levels for 0.1 and 0.9.
    private static let deviationsBetweenLevels = 2 * 1.281_551_6

    private static func powers(_ base: Double, count: Int) -> [Double] {
        var powers: [Double] = []
        for place in 0..<count { powers.append(place == 0 ? 1 : powers[place - 1] * base) }
        return powers
    }
}
