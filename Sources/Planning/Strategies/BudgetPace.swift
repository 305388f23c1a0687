/// Spends a budget hour by hour: what quality it buys as far as is foreseen, and what an hour may spend at most.
///
/// What is left is shared out over all hours that are left, by what they are expected to cost. The hours that are planned
/// get their part, and the target is the one whose least cost is that. What hours have cost above what was foreseen of them
/// is expected of others too. No hour takes so much that the others could not be served at all, as far as is foreseen: so
/// the budget is kept wherever later hours can do with less than they were to get.
struct BudgetPace {
    private static let stepsMax = 6
    private static let tolerance = 1e-4
    private static let excessMax = 2.0
    /// A change of what comes against what is foreseen that asks for another target at once.
    private static let departure = 0.05

    /// What a target costs by the hulls, how fast that rises with the target, and what each hour has of it.
    typealias Estimate = (cost: Double, slope: Double, hourly: [Double])

    let budget: Double
    private(set) var spent = 0.0
    /// What the hours to come are foreseen to cost, and what those before were.
    private var hourly: ArraySlice<Double> = []
    private var foreseen = 0.0
    /// How many times what was foreseen had come when the target was set.
    private var excessThen = 1.0

    init(budget: Double) { self.budget = budget }

    /// Notes what an hour has cost.
    mutating func note(_ cost: Double) {
        spent += cost
        // Of an hour that nothing was foreseen of, what it cost.
        foreseen += hourly.popFirst() ?? cost
    }

    /// How many times what was foreseen hours have cost.
    private var overrun: Double { foreseen > 0 ? min(max(spent / foreseen, 1), Self.excessMax) : 1 }

    /// The target whose cost is the planned hours' part of what is left.
    ///
    /// - Parameters:
    ///   - planned: Curves of the hours that are planned.
    ///   - rest: Curves of all hours that are left.
    ///   - excess: How many times what is foreseen has come, at least 1.
    ///   - first: A guess.
    ///   - estimate: What the planned hours cost at a target.
    /// - Returns: From 0 to 1; 0 where even that costs more.
    /// - Throws: What `estimate` throws.
    mutating func target<Failure>(
        planned: [HourCurve],
        rest: [HourCurve],
        excess: Double,
        from first: Double,
        estimate: (Double) throws(Failure) -> Estimate
    ) throws(Failure) -> Double {
        let weights = [planned, rest].map { $0.reduce(0) { $0 + Self.weight($1) } }
        excessThen = excess
        guard weights[1] > 0 else { return 1 }
        let part = max(budget - spent, 0) * weights[0] / weights[1] / max(overrun, excess)
        var target = first
        for _ in 0..<Self.stepsMax {
            let (cost, slope, hourly) = try estimate(target)
            self.hourly = hourly[...]
            // The cost is a convex function of the target: after the first step every one comes from above.
            let next = slope > 0 ? min(max(target + (part - cost) / slope, 0), 1) : cost > part ? 0 : 1
            let step = abs(next - target)
            target = next
            if step < Self.tolerance { break }
        }
        return target
    }

    /// Whether so much more or less comes than when the target was set that it has to be set anew.
    func departs(_ excess: Double) -> Bool { abs(excess / excessThen - 1) > Self.departure }

    /// What an hour may cost so that those after it can be served at least at the worst tier.
    func most(before rest: [HourCurve], excess: Double) -> Double {
        budget - spent - excess * rest.reduce(0) { $0 + ($1.costs.first ?? 0) }
    }

    /// What an hour counts for when the budget is shared out: halfway from the cheapest to the best.
    private static func weight(_ curve: HourCurve) -> Double {
        ((curve.hullCosts.first ?? 0) + (curve.hullCosts.last ?? 0)) / 2
    }
}
