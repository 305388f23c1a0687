extension QualityModel {
    /// Points that are looked at on both sides of the one that a quality is rounded to.
    private static var reach: Int { 8 }
    /// What leaving the program's quality is dear, as a share of what that quality is worth.
    private static var leavingPrice: Double { 0.1 }
    /// Hours that are planned with whole machines to choose the first.
    private static var wholeHours: Int { 36 }
    /// The beginnings of plans for them that are kept.
    private static var width: Int { 100 }
    /// How many times what the first hour loses counts.
    private static var weight: Double { 4 }
    /// How far hours to come may be counted on to make up for one that gets less: a share of what they can have more.
    private static var trust: Double { 0.5 }

    /// The qualities of a solution with the first hour's moved to a point of its curve that is worth its cost.
    ///
    /// The program's quality lies on the hull, between points that whole machines can serve. Rounded up it may meet one
    /// that is far above the hull: dear for what it gives. A point near it loses what it costs more than its quality is
    /// worth by the windows' prices. The one is taken that loses least, or with which that hour and those to come do; they are
    /// planned anew with what it gave too much or too little. Groups that share a curve keep their qualities, which are
    /// rounded up.
    ///
    /// - Parameters:
    ///   - outcome: The solution.
    ///   - isCertain: Whether hours to come are known well enough to choose machines for them: else that costs more than it
    ///     gains.
    ///   - starts: What going from the machines that run to a point of the first hour costs.
    /// - Returns: The quality of each hour and chain.
    func withFirstHourChosen(
        _ outcome: MasterSolver.Outcome,
        isCertain: Bool,
        starts: (Int) -> Double
    ) -> [Double] {
        let curve = curves[0]
        guard chainCount == 1, !curve.isDivisible else { return outcome.qualities }
        let (chosen, worth) = (outcome.qualities[0] + offset[0], hourlyWorth(outcome.prices)[0])
        let losses = curve.qualities.indices.map { point in
            let quality = curve.qualities[point]
            let leaving = Self.leavingPrice * worth * abs(quality - chosen)
            return curve.costs[point] + starts(point) - worth * quality + leaving
        }
        var qualities = outcome.qualities
        let first = isCertain ? firstPoint(outcome, losses: losses) : nil
        let point = first ?? nearPoint(outcome, losses: losses)
        qualities[0] = curve.qualities[point] - offset[0]
        return qualities
    }

    /// The first hour's point in a plan of whole machines for the hours at hand; `nil` where none is better than rounding.
    ///
    /// What is lost in hours to come counts less: they will look otherwise by then.
    private func firstPoint(_ outcome: MasterSolver.Outcome, losses first: [Double]) -> Int? {
        // Ends fall where windows are insured.
        guard zip(windows, windows.dropFirst()).allSatisfy({ $0.upperBound <= $1.upperBound }) else { return nil }
        let assignment = Assignment(self, rounding: outcome.qualities)
        var search = BeamSearch(losses: losses(assignment.table, prices: outcome.prices), prices: outcome.prices)
        search.widthMax = Self.width
        let least = first.min() ?? 0
        for (point, loss) in first.enumerated() { search.losses[point] = Self.weight * (loss - least) }
        return search.points(assignment, 0..<min(hourCount, Self.wholeHours), unless: { false })?[0]
    }

    /// Of the points near the program's quality the one that loses least.
    private func nearPoint(_ outcome: MasterSolver.Outcome, losses: [Double]) -> Int {
        let (curve, chosen) = (curves[0], outcome.qualities[0] + offset[0])
        let rounded = curve.point(reaching: chosen)
        let least = leastInFirstHour(outcome.qualities) - 1e-9 * chosen
        let near = max(0, rounded - Self.reach)...min(curve.qualities.count - 1, rounded + Self.reach)
        let possible = near.filter { curve.qualities[$0] >= least || $0 == rounded }
        return possible.min { losses[$0] < losses[$1] } ?? rounded
    }

    /// The least total quality of the first hour with which the others can still keep every window's promise.
    private func leastInFirstHour(_ qualities: [Double]) -> Double {
        zip(windows, required).prefix { $0.0.lowerBound == 0 }.reduce(0) { least, promise in
            let others = promise.0.dropFirst().reduce(0) { sum, hour in
                sum + qualities[hour] + Self.trust * (high[hour] - qualities[hour])
            }
            return max(least, promise.1 - others + offset[0])
        }
    }
}
