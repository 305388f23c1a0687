internal import LinearProgramming

/// Plans hour by hour: what was served is past, what comes is expected, and only the hour at hand is decided.
///
/// Before each hour a program over the horizon is solved. Windows reach back to what was served; of windows that reach
/// beyond the horizon the part within has to keep the promise alone, else the plan would put quality off for ever. The
/// demand of the hour at hand is known, as in the original. A window that a surprise has spoiled is served at the best
/// tier until it is whole again, or over.
struct OnlineRun {
    private let truth: Scenario
    private let goal: PlanGoal
    private let target: Double
    private let options: OnlineOptions
    private let planner: Planner
    private let packer: HourPacker
    private let packed: PackedScenario
    private let rates: [Double]
    /// What was expected at ``expectedAt``, and the curves of its hours.
    private var expected: (demand: [Double], intensity: [Double]) = ([], [])
    private var expectedCurves: [HourCurve] = []
    private var expectedAt = 0
    /// The quality of each hour and chain that was served.
    private var served: [Double] = []
    private var pivotCount = 0
    private var lateHours = 0
    /// The qualities of the last plan that was found, and its first hour.
    private var last: (first: Int, qualities: [Double]) = (0, [])

    init(
        _ truth: Scenario,
        for goal: PlanGoal,
        target: Double,
        options: OnlineOptions,
        planner: Planner
    ) throws(PlanningError) {
        guard options.horizonHours >= 1, options.refreshHours >= 1 else {
            throw .unsupported("a horizon and the time between forecasts take at least an hour")
        }
        guard goal.metric != .money else {
            throw .unsupported("qt_online forecasts the grid's intensity and no prices: ask for carbon or energy")
        }
        guard (0...1).contains(target) else { throw .scenario(.goal(target)) }
        self.truth = truth
        self.goal = goal
        self.target = target
        self.options = options
        self.planner = planner
        // Forecasts may be larger than anything that comes.
        packer = PackedScenario.packer(truth, for: goal.metric, margin: 2)
        packed = try PackedScenario(truth, for: goal.metric, isRelaxed: planner.options.isRelaxed)
        rates = goal.metric.rates(of: truth)
    }

    mutating func plan(with outlook: some PlanOutlook, progress: (Int) -> Void) throws(PlanningError) -> Plan {
        let start = ContinuousClock.now
        for hour in 0..<truth.hourCount {
            guard !planner.isCancelled() else { throw .cancelled }
            if hour == 0 || hour - expectedAt >= options.refreshHours { expect(at: hour, outlook) }
            decide(hour, chosen: try qualities(from: hour))
            progress(hour + 1)
        }
        let model = try packed.model(target: 0)
        let (allocations, machines) = packed.decode(Assignment(model, rounding: served))
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

    /// Takes a new outlook, and packs its hours.
    private mutating func expect(at hour: Int, _ outlook: some PlanOutlook) {
        let count = min(options.horizonHours + options.refreshHours, truth.hourCount - hour)
        expected = outlook.expectation(at: hour, count: count)
        expectedAt = hour
        let groups = truth.groups.count
        // No plan can be made for hours of which nothing, or no number, is expected: those count as the hour before.
        expected.intensity = expected.intensity.map { $0.isFinite ? max($0, 0) : 0 }
        expected.demand = expected.demand.map { $0.isFinite ? min(max($0, 0), packer.demandMax) : 0 }
        expectedCurves = expected.intensity.indices.map { place in
            let demand = expected.demand[place * groups..<(place + 1) * groups]
            let premium = truth.groups.indices.reduce(0) { sum, group in
                sum + (truth.isPremium(group) ? demand[place * groups + group] : 0)
            }
            let total = min(demand.reduce(0, +), packer.demandMax)
            let rate = goal.metric == .carbon ? expected.intensity[place] : 1
            return planner.options.isRelaxed
                ? packer.relaxedCurve(demand: total, premium: min(premium, total), rate: rate)
                : packer.curve(demand: total, premium: min(premium, total), rate: rate)
                    ?? packed.curves[min(hour + place, truth.hourCount - 1)]
        }
    }

    /// What each chain is to get in `hour`: the first of the best plan for the horizon.
    private mutating func qualities(from hour: Int) throws(PlanningError) -> [Double] {
        let count = packed.chains.count
        do {
            let scenario = try horizon(from: hour)
            let curves =
                [packed.curves[hour]] + expectedCurves[(hour - expectedAt + 1)...].prefix(scenario.hourCount - 1)
            let model = try PackedScenario(
                scenario,
                for: goal.metric,
                isRelaxed: planner.options.isRelaxed,
                packer: packer,
                curves: Array(curves)
            ).model(target: target)
            let limits = SolveLimits(time: .seconds(planner.options.secondsMax), gap: 0)
            let outcome = try MasterSolver().solve(model, within: limits, unless: planner.isCancelled)
            pivotCount += outcome.pivotCount
            last = (hour, outcome.qualities)
            return Array(outcome.qualities[..<count])
        } catch is ScenarioError {
            return kept(hour)
        } catch LinearProgramError.stopped {
            throw .cancelled
        } catch is LinearProgramError {
            return kept(hour)
        } catch let error as PlanningError {
            if case .scenario = error { return kept(hour) }
            throw error
        } catch {
            return kept(hour)
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
    private func horizon(from hour: Int) throws(ScenarioError) -> Scenario {
        let groups = truth.groups.count
        let first = hour - expectedAt
        let end = min(first + options.horizonHours, expected.intensity.count)
        let backHours = min(truth.validityHours - 1, hour)
        let back = (hour - backHours) * groups..<hour * groups
        return try Scenario(
            demand: Array(truth.demand[hour * groups..<(hour + 1) * groups])
                + Array(expected.demand[(first + 1) * groups..<max(end, first + 1) * groups]),
            intensity: [truth.intensity[hour]] + expected.intensity[first + 1..<max(end, first + 1)],
            groups: truth.groups,
            fleet: truth.fleet,
            validityHours: truth.validityHours,
            past: Scenario.Past(demand: Array(truth.demand[back]), quality: back.map { quality(at: $0) }),
            ending: expectedAt + end < truth.hourCount ? .insidePart : .ignored
        )
    }

    /// What was served of an hour and group.
    private func quality(at place: Int) -> Double {
        let (hour, group) = (place / truth.groups.count, place % truth.groups.count)
        guard let chain = packed.chains.firstIndex(of: group) else {
            return truth.demand[place] * (truth.fleet.tiers.last?.quality ?? 0)
        }
        return served[hour * packed.chains.count + chain]
    }

    /// Serves an hour: what was chosen, rounded up to whole machines; what that gives more goes to the first that can have it.
    private mutating func decide(_ hour: Int, chosen: [Double]) {
        let curve = packed.curves[hour]
        let best = truth.fleet.tiers.last?.quality ?? 0
        let high = packed.chains.map { truth.demand[hour * truth.groups.count + $0] * best }
        var qualities = zip(chosen, high).map { min($0, $1) }
        let offset = truth.premiumDemand(hour) * best
        let total = offset + qualities.reduce(0, +)
        if !curve.isDivisible {
            var rest = curve.qualities[curve.point(reaching: total)] - total
            for chain in qualities.indices where rest > 0 {
                let more = min(rest, high[chain] - qualities[chain])
                qualities[chain] += more
                rest -= more
            }
        }
        served += qualities
    }
}
