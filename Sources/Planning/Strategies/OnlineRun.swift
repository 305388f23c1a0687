internal import LinearProgramming

/// Plans hour by hour: what was served is past, what comes is expected, and only the hour at hand is decided.
///
/// Before each hour a program over the horizon is solved. Windows reach back to what was served. Beyond the horizon its
/// last day is repeated for as long as a window and some days more, and only what then is left of windows has to keep the
/// promise alone: without that the plan would put quality off for ever, without the repeated days it would hurry. The
/// demand of the hour at hand is known, as in the original; what hours to come can lift a window by is counted with a
/// ``DemandReserve``. A window that a surprise has spoiled is served at the best tier until it is whole again, or over.
struct OnlineRun {
    /// Repeated hours besides those of a window; more of them change nothing that can be measured.
    private static let sequelHours = 96

    let truth: Scenario
    let goal: PlanGoal
    let target: Double
    let options: OnlineOptions
    let planner: Planner
    let packer: HourPacker
    let packed: PackedScenario
    /// What was expected at ``expectedAt``, and the curves of its hours.
    private(set) var expected: (demand: [Double], intensity: [Double]) = ([], [])
    private(set) var expectedCurves: [HourCurve] = []
    private(set) var expectedAt = 0
    /// The quality of each hour and chain that was served.
    private(set) var served: [Double] = []
    private var reserve: DemandReserve
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
        guard goal.metric != .carbon || truth.tierIntensity.isEmpty else {
            throw .unsupported("qt_online forecasts one grid: leave out the tiers' own, or plan all hours at once")
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
        reserve = DemandReserve(groupCount: truth.groups.count)
    }

    mutating func plan(with outlook: some PlanOutlook) throws(PlanningError) -> Plan {
        let start = ContinuousClock.now
        for hour in 0..<truth.hourCount {
            guard !planner.isCancelled() else { throw .cancelled }
            if hour == 0 || hour - expectedAt >= options.refreshHours { expect(at: hour, outlook) }
            noteSurprise(at: hour)
            decide(hour, chosen: try qualities(from: hour))
            let share = Double(hour + 1) / Double(truth.hourCount)
            planner.onProgress(PlanProgress(share: share, cost: nil, bound: nil))
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
            let rates = EnergyRates(repeating: goal.metric == .carbon ? expected.intensity[place] : 1)
            let curve =
                planner.options.isRelaxed
                ? packer.relaxedCurve(demand: total, premium: min(premium, total), rates: rates)
                : packer.curve(demand: total, premium: min(premium, total), rates: rates)
            return curve ?? packed.curves[min(hour + place, truth.hourCount - 1)]
        }
    }

    /// Learns from what was expected of an hour that has come.
    private mutating func noteSurprise(at hour: Int) {
        guard hour > expectedAt else { return }
        let groups = truth.groups.count
        for group in 0..<groups {
            let foreseen = expected.demand[(hour - expectedAt) * groups + group]
            reserve.note(truth.demand[hour * groups + group], of: foreseen, group: group)
        }
    }

    /// What each chain is to get in `hour`: the first of the best plan for the horizon.
    private mutating func qualities(from hour: Int) throws(PlanningError) -> [Double] {
        do {
            let ahead = places(after: hour)
            let packedAhead = PackedScenario(
                try horizon(from: hour, ahead),
                for: goal.metric,
                isRelaxed: planner.options.isRelaxed,
                packer: packer,
                curves: [packed.curves[hour]] + ahead.map { expectedCurves[$0] }
            )
            let model = try packedAhead.model(target: target)
            let limits = SolveLimits(time: .seconds(planner.options.secondsMax), gap: 0)
            let outcome = try MasterSolver().solve(model, within: limits, unless: planner.isCancelled)
            pivotCount += outcome.pivotCount
            last = (hour, model.withFirstHourChosen(outcome))
            return Array(last.qualities[..<packed.chains.count])
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

    /// The place after the last expected hour of the horizon that begins with `hour`.
    private func end(of hour: Int) -> Int {
        let first = hour - expectedAt
        return max(min(first + options.horizonHours, expected.intensity.count), first + 1)
    }

    /// The places of expected hours that follow `hour`: those of the horizon, then its last day again and again.
    private func places(after hour: Int) -> [Int] {
        let (first, end) = (hour - expectedAt, end(of: hour))
        let places = Array(first + 1..<end)
        guard expectedAt + end < truth.hourCount else { return places }
        let period = min(24, end - first)
        return places + (0..<truth.validityHours + Self.sequelHours).map { end - period + $0 % period }
    }

    /// The hours from `hour` on as they are expected, with what was served before.
    private func horizon(from hour: Int, _ ahead: [Int]) throws(ScenarioError) -> Scenario {
        let groups = truth.groups.count
        let backHours = min(truth.validityHours - 1, hour)
        let back = (hour - backHours) * groups..<hour * groups
        let atHand = Array(truth.demand[hour * groups..<(hour + 1) * groups])
        let foreseen = ahead.flatMap { expected.demand[$0 * groups..<($0 + 1) * groups] }
        let shares = truth.groups.indices.map { 1 - reserve.share($0) }
        return try Scenario(
            demand: atHand + foreseen,
            demandFloor: atHand + foreseen.enumerated().map { $1 * shares[$0 % groups] },
            intensity: [truth.intensity[hour]] + ahead.map { expected.intensity[$0] },
            groups: truth.groups,
            fleet: truth.fleet,
            validityHours: truth.validityHours,
            past: Scenario.Past(demand: Array(truth.demand[back]), quality: back.map { quality(at: $0) }),
            ending: expectedAt + end(of: hour) < truth.hourCount ? .insidePart : .ignored
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
