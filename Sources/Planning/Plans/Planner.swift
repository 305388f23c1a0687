internal import LinearProgramming

/// Makes plans for whole scenarios: every hour packed exactly, one linear program over all of them, then whole machines.
///
/// 1. ``HourPacker`` finds what each quality costs in each hour, with whole machines: a few dozen points and their hull.
/// 2. ``MasterSolver`` chooses qualities on the hulls so that every window has enough. Its prices prove a bound.
/// 3. ``Assignment`` rounds the qualities up to points, and ``Improvement`` lowers and trades what that gave too much.
///
/// The plan costs at most its gap more than the best there is: ``Plan/bound`` is Lagrange's, computed from the prices and
/// the points alone, and true whatever the solver did.
public struct Planner: Sendable {
    /// How a plan is searched for.
    public let options: PlanOptions
    let onProgress: @Sendable (PlanProgress) -> Void
    let isCancelled: @Sendable () -> Bool

    /// A planner.
    ///
    /// - Parameters:
    ///   - options: How a plan is searched for.
    ///   - onProgress: Told now and then how far the search is; on the thread that plans, which waits for it.
    ///   - isCancelled: Asked now and then; planning ends where it says yes.
    public init(
        _ options: PlanOptions,
        onProgress: @escaping @Sendable (PlanProgress) -> Void = { _ in },
        unless isCancelled: @escaping @Sendable () -> Bool = { false }
    ) {
        self.options = options
        self.onProgress = onProgress
        self.isCancelled = isCancelled
    }

    /// The best plan that can be found for a scenario.
    ///
    /// - Throws: ``PlanningError`` if there is none, with the best quality or the least budget that there is one for.
    /// - Complexity: About 0.1 ms for each hour to pack, and the program: 1 ms for a day, 20 ms for a week, 3 s for a year.
    public func plan(_ scenario: Scenario, for goal: PlanGoal) throws(PlanningError) -> Plan {
        let parts = try ScenarioParts(scenario, for: goal.metric, isRelaxed: options.isRelaxed)
        switch goal {
        case .least(_, let target):
            guard (0...1).contains(target) else { throw .scenario(.goal(target)) }
            return try solve(parts, target: target).plan(parts, for: goal, bound: nil)
        case .bestQuality(let budget, _):
            guard budget >= 0, budget.isFinite else { throw .scenario(.goal(budget)) }
            return try spend(budget, on: parts, for: goal)
        }
    }

    /// The cheapest assignment of each part for a target.
    func solve(_ scenario: ScenarioParts, target: Double) throws(PlanningError) -> SolvedParts {
        var solved = SolvedParts(target: target, parts: [])
        for packed in scenario.packed { solved.parts.append(try solve(packed, target: target)) }
        return solved
    }

    /// The cheapest assignment for a target.
    func solve(_ packed: PackedScenario, target: Double) throws(PlanningError) -> SolvedTarget {
        let clock = ContinuousClock()
        let start = clock.now
        var model = try packed.model(target: target)
        model.starts = StartCosts(packed.curves, packed.packer, rates: packed.rates)
        let limits = SolveLimits(time: .seconds(options.secondsMax), gap: options.gap)
        var outcome: MasterSolver.Outcome
        do {
            outcome = try MasterSolver().solve(model, within: limits, unless: isCancelled)
            if !model.tops.isEmpty {
                let solver = MasterSolver(holdsTops: true)
                outcome.qualities = try solver.solve(model, within: limits, unless: isCancelled).qualities
            }
        } catch .stopped {
            throw .cancelled
        } catch {
            throw .solver(error)
        }
        var assignment = Assignment(model, rounding: outcome.qualities)
        let bound = model.bound(prices: outcome.prices)
        if model.curves.contains(where: { !$0.isDivisible && $0.qualities.count > 1 }) {
            let improvement = Improvement(
                tradesPerHour: options.trades(hours: model.hourCount),
                seed: options.seed,
                bound: bound,
                gap: options.gap,
                prices: outcome.prices,
                end: start + .seconds(options.secondsMax)
            )
            improvement.improve(&assignment) { share, cost in
                onProgress(PlanProgress(share: share, cost: cost, bound: bound))
            } unless: {
                isCancelled()
            }
            guard !isCancelled() else { throw .cancelled }
        }
        return SolvedTarget(
            target: target,
            assignment: assignment,
            prices: outcome.prices,
            bound: bound,
            pivotCount: outcome.pivotCount,
            seconds: (clock.now - start) / .seconds(1)
        )
    }
}

/// The cheapest assignment found for a target, and what proves how cheap it could be.
struct SolvedTarget {
    let target: Double
    let assignment: Assignment
    let prices: [Double]
    let bound: Double
    var pivotCount: Int
    var seconds: Double

    /// The plan that it comes to; `bound` is that of the quality where the quality is what was sought.
    func plan(_ packed: PackedScenario, for goal: PlanGoal, bound: Double?) -> Plan {
        let scenario = packed.scenario
        let (allocations, needed) = packed.decode(assignment)
        let machines = scenario.idling(needed, for: packed.metric)
        let worth = assignment.model.hourlyWorth(prices)
        var qualityPrices = [Double](repeating: 0, count: scenario.hourCount * scenario.groups.count)
        for hour in 0..<scenario.hourCount {
            for (chain, group) in packed.chains.enumerated() {
                qualityPrices[hour * scenario.groups.count + group] = worth[hour * packed.chains.count + chain]
            }
        }
        return Plan(
            goal: goal,
            scenario: scenario,
            allocations: allocations,
            machines: machines,
            cost: scenario.cost(goal.metric, allocations: allocations, machines: machines),
            target: target,
            bound: bound ?? self.bound,
            qualityPrices: qualityPrices,
            effort: PlanEffort(strategy: "qt", seconds: seconds, pivotCount: pivotCount)
        )
    }
}
