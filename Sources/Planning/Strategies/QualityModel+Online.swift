extension QualityModel {
    /// Points that are looked at on both sides of the one that a quality is rounded to.
    private static var reach: Int { 8 }
    /// What leaving the program's quality is dear, as a share of what that quality is worth.
    private static var leavingPrice: Double { 0.1 }
    /// How far hours to come may be counted on to make up for one that gets less: a share of what they can have more.
    private static var trust: Double { 0.5 }

    /// The qualities of a solution with the first hour's moved to a point of its curve that is worth its cost.
    ///
    /// The program's quality lies on the hull, between points that whole machines can serve. Rounded up it may meet one
    /// that is far above the hull: dear for what it gives. Of the points near it that one is taken which costs least less
    /// what its quality is worth by the windows' prices; the hours to come are planned anew with what it gave too much or
    /// too little. Groups that share a curve keep their qualities, which are rounded up.
    ///
    /// - Parameters:
    ///   - outcome: The solution.
    ///   - starts: What going from the machines that run to a point of the first hour costs.
    /// - Returns: The quality of each hour and chain.
    func withFirstHourChosen(_ outcome: MasterSolver.Outcome, starts: (Int) -> Double) -> [Double] {
        let curve = curves[0]
        guard chainCount == 1, !curve.isDivisible else { return outcome.qualities }
        let (chosen, worth) = (outcome.qualities[0] + offset[0], hourlyWorth(outcome.prices)[0])
        let rounded = curve.point(reaching: chosen)
        let least = leastInFirstHour(outcome.qualities) - 1e-9 * chosen
        let near = max(0, rounded - Self.reach)...min(curve.qualities.count - 1, rounded + Self.reach)
        var (best, leastCost) = (rounded, Double.infinity)
        for point in near where curve.qualities[point] >= least || point == rounded {
            let quality = curve.qualities[point]
            let cost =
                curve.costs[point] + starts(point) - worth * quality + Self.leavingPrice * worth * abs(quality - chosen)
            if cost < leastCost { (best, leastCost) = (point, cost) }
        }
        var qualities = outcome.qualities
        qualities[0] = curve.qualities[best] - offset[0]
        return qualities
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
