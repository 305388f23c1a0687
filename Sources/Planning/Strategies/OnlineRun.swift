internal import LinearProgramming

/// Plans hour by hour: what was served is past, what comes is expected, and only the hour at hand is decided.
///
/// Before each hour a program over the horizon is solved, with windows that reach back to what was served. The demand of
/// the hour at hand is known, as in the original; ``HoursAhead`` says what is counted on of the others. A window that a
/// surprise has spoiled is served at the best tier until it is whole again, or over.
///
/// With a budget the target is what the budget buys by the latest outlook: ``BudgetPace``. Windows then ask of each hour
/// what the target was when it was served.
struct OnlineRun {
    let truth: Scenario
    let goal: PlanGoal
    let planner: Planner
    let packed: PackedScenario
    var ahead: HoursAhead
    var pace: BudgetPace?
    var target: Double
    /// The target of each hour that was served.
    var targets: [Double] = []
    /// The quality of each hour and chain that was served.
    var served: [Double] = []
    var allocations: [Double] = []
    var machines: [Double] = []
    private var pivotCount = 0
    private var lateHours = 0
    /// The qualities of the last plan that was found, and its first hour.
    private var last: (first: Int, qualities: [Double]) = (0, [])

    init(_ truth: Scenario, for goal: PlanGoal, options: OnlineOptions, planner: Planner) throws(PlanningError) {
        guard options.horizonHours >= 1, options.refreshHours >= 1 else {
            throw .unsupported("a horizon and the time between forecasts take at least an hour")
        }
        guard goal.metric == .energy || truth.tierIntensity.isEmpty else {
            throw .unsupported("qt_online forecasts one grid: leave out the tiers' own, or plan all hours at once")
        }
        switch goal {
        case .least(_, let target):
            guard (0...1).contains(target) else { throw .scenario(.goal(target)) }
            self.target = target
        case .bestQuality(let budget, _):
            guard budget >= 0, budget.isFinite else { throw .scenario(.goal(budget)) }
            (target, pace) = (0.5, BudgetPace(budget: budget))
        }
        self.truth = truth
        self.goal = goal
        self.planner = planner
        packed = try PackedScenario(
            truth,
            for: goal.metric,
            isRelaxed: planner.options.isRelaxed,
            // Forecasts may be larger than anything that comes.
            packer: PackedScenario.packer(truth, for: goal.metric, margin: 2)
        )
        ahead = HoursAhead(packed, options: options)
        if let budget = pace?.budget {
            guard packed.chains.count <= 1 || packed.curves.allSatisfy(\.isDivisible) else {
                throw .unsupported(
                    "qt_online paces no budget for \(packed.chains.count) groups that share whole machines: give it a "
                        + "target, or leave all but one of the groups"
                )
            }
            let least = packed.curves.reduce(0) { $0 + ($1.costs.first ?? 0) }
            guard least <= budget else {
                throw .scenario(.budgetOutOfReach(budget: budget, least: least, goal.metric))
            }
        }
    }

    mutating func plan(with outlook: some PlanOutlook) throws(PlanningError) -> Plan {
        let start = ContinuousClock.now
        for hour in 0..<truth.hourCount {
            guard !planner.isCancelled() else { throw .cancelled }
            let isNew = ahead.arrive(at: hour, outlook)
            if isNew || pace?.departs(ahead.excess) == true { target = try paced(from: hour) }
            serve(hour, try qualities(from: hour))
            let share = Double(hour + 1) / Double(truth.hourCount)
            planner.onProgress(PlanProgress(share: share, cost: nil, bound: nil))
        }
        return Plan(
            goal: goal,
            scenario: truth,
            allocations: allocations,
            machines: machines,
            cost: truth.cost(goal.metric, allocations: allocations, machines: machines),
            target: truth.quality(allocations: allocations),
            bound: 0,
            qualityPrices: Array(repeating: 0, count: truth.hourCount * truth.groups.count),
            effort: PlanEffort(
                strategy: "qt_online",
                seconds: (ContinuousClock.now - start) / .seconds(1),
                pivotCount: pivotCount,
                remark: lateHours == 0 ? nil : "\(lateHours) hours by the plan before, for want of one in time"
            )
        )
    }

    /// The target from an hour on: what was asked for, or what is left of a budget buys.
    private mutating func paced(from hour: Int) throws(PlanningError) -> Double {
        guard var pace else { return target }
        defer { self.pace = pace }
        do {
            return try pace.target(
                planned: [packed.curves[hour]] + ahead.places(after: hour).map { ahead.curves[$0] },
                rest: [packed.curves[hour]] + ahead.curvesToTheEnd(after: hour),
                excess: ahead.excess,
                from: target
            ) { (target: Double) throws(PlanningError) in try estimate(from: hour, target: target) }
        } catch .scenario, .solver {
            // For want of a better one: the hours keep to the budget, whatever they aim at.
            return target
        }
    }

    /// What the hours from one on cost at a target, as they are expected.
    private func estimate(from hour: Int, target: Double) throws(PlanningError) -> BudgetPace.Estimate {
        let model = try horizon(from: hour, target: target).model(target: target)
        let outcome = try solved(model)
        let bound = model.bound(prices: outcome.prices)
        let step = target > 0.5 ? -0.01 : 0.01
        let moved = try horizon(from: hour, target: target + step).model(target: target + step)
        let hourly = model.curves.indices.map { place in
            let chains = place * model.chainCount..<(place + 1) * model.chainCount
            return model.curves[place].hullCost(of: chains.reduce(model.offset[place]) { $0 + outcome.qualities[$1] })
        }
        return (bound, (moved.bound(prices: outcome.prices) - bound) / step, hourly)
    }

    /// What each chain is to get in `hour`: the first of the best plan for the horizon.
    private mutating func qualities(from hour: Int) throws(PlanningError) -> [Double] {
        do {
            let model = try horizon(from: hour, target: target).model(target: target)
            let outcome = try solved(model)
            pivotCount += outcome.pivotCount
            last.first = hour
            last.qualities = model.withFirstHourChosen(outcome, isCertain: ahead.isCertain) {
                self.starts(hour, point: $0)
            }
            return Array(last.qualities[..<packed.chains.count])
        } catch .scenario, .solver {
            return kept(hour)
        }
    }

    private func solved(_ model: QualityModel) throws(PlanningError) -> MasterSolver.Outcome {
        do {
            let limits = SolveLimits(time: .seconds(planner.options.secondsMax), gap: 0)
            return try MasterSolver().solve(model, within: limits, unless: planner.isCancelled)
        } catch .stopped {
            throw .cancelled
        } catch {
            throw .solver(error)
        }
    }

    /// What the last plan wanted for an hour; the best there is, if that has ended.
    private mutating func kept(_ hour: Int) -> [Double] {
        lateHours += 1
        let count = packed.chains.count
        let first = (hour - last.first) * count
        if first + count <= last.qualities.count { return Array(last.qualities[first..<first + count]) }
        let best = truth.fleet.tiers.last?.quality ?? 0
        return packed.chains.map { truth.demand[hour * truth.groups.count + $0] * best }
    }

    /// The hours from `hour` on as they are expected, with what was served before.
    private func horizon(from hour: Int, target: Double) throws(PlanningError) -> PackedScenario {
        let places = ahead.places(after: hour)
        let scenario: Scenario
        do {
            scenario = try ahead.scenario(from: hour, places, past: past(before: hour, target: target))
        } catch {
            throw .scenario(error)
        }
        return PackedScenario(
            scenario,
            for: goal.metric,
            isRelaxed: planner.options.isRelaxed,
            packer: packed.packer,
            curves: [packed.curves[hour]] + places.map { ahead.curves[$0] },
            insuredHours: ahead.insuredHours
        )
    }
}
