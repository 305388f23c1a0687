extension Forecast {
    /// What is expected where someone else forecasts the same hours: the mean of both, weighted by how far each is usually
    /// off.
    ///
    /// Each counts by the inverse of its mean squared error, which leaves the least error where the two err independently:
    /// Bates and Granger, "The combination of forecasts", 1969. What this one is off by is the deviation of the normal
    /// distribution that has its levels for 0.1 and 0.9; without those levels nothing is known of it, and the other is
    /// believed. Hours that the other does not have stay as they are.
    ///
    /// - Parameters:
    ///   - other: What else is forecast, from the first hour on.
    ///   - errors: What that is off by in each of its hours, root mean square, in the unit of the values.
    /// - Returns: As many values as this forecast has.
    public func values(blendedWith other: [Double], errors: [Double]) -> [Double] {
        let low = quantiles.first { $0.level == 0.1 }
        let high = quantiles.first { $0.level == 0.9 }
        return values.indices.map { hour in
            guard hour < other.count, hour < errors.count else { return values[hour] }
            guard let low, let high else { return other[hour] }
            let own = (high.values[hour] - low.values[hour]) / Self.deviationsBetweenLevels
            let (mine, theirs) = (own * own, errors[hour] * errors[hour])
            let share = mine + theirs > 0 ? mine / (mine + theirs) : 0.5
            return share * other[hour] + (1 - share) * values[hour]
        }
    }

    /// Standard deviations of a normal distribution between its levels for 0.1 and 0.9.
    private static let deviationsBetweenLevels = 2 * 1.281_551_6
}
