internal import LinearProgramming

/// The original's program given to GLPK as it stands: requests, machines and windows in one integer program.
///
/// A reference for a few days at most, whose plans and bounds owe nothing to ``Planner``'s way. Windows are differences of
/// running totals.
public struct ReferencePlanner: Sendable {
    private let options: PlanOptions

    /// A planner with limits of time and gap.
    public init(_ options: PlanOptions) { self.options = options }

    /// The best plan found within the limits, with GLPK's bound.
    ///
    /// - Throws: ``PlanningError``, for a budget too: there is only a program for targets.
    public func plan(_ scenario: Scenario, for goal: PlanGoal) throws(PlanningError) -> Plan {
        guard case .least(let metric, let target) = goal else {
            throw .unsupported("the reference keeps a target of quality: give it one instead of a budget")
        }
        for promise in scenario.groups.compactMap(\.shares) {
            let best = promise.bestTarget ?? 0
            guard target <= best + 1e-9 else { throw .scenario(.targetOutOfReach(target: target, best: best)) }
        }
        let start = ContinuousClock.now
        let model = Model(scenario, metric, target: target, isRelaxed: options.isRelaxed)
        let solution: LinearSolution
        do {
            let limits = SolveLimits(time: .seconds(options.secondsMax), gap: options.gap)
            solution = try model.program.solve(within: limits)
        } catch {
            throw .solver(error)
        }
        let isWhole = !options.isRelaxed
        let machines = model.machines.map { $0.map { isWhole ? solution[$0].rounded() : max(0, solution[$0]) } ?? 0 }
        let allocations = model.allocations.map { max(0, solution[$0] * model.scale) }
        return Plan(
            goal: goal,
            scenario: scenario,
            allocations: allocations,
            machines: machines,
            cost: scenario.cost(metric, allocations: allocations, machines: machines),
            target: target,
            bound: min(solution.bound, solution.objective),
            qualityPrices: Array(repeating: 0, count: scenario.hourCount * scenario.groups.count),
            effort: PlanEffort(
                strategy: "reference",
                seconds: (ContinuousClock.now - start) / .seconds(1),
                pivotCount: solution.pivotCount,
                remark: solution.status == .optimal ? nil : "ended by its limit of time"
            )
        )
    }
}

/// The program, in requests of the busiest hour.
private struct Model {
    typealias Term = (variable: LinearProgram.Variable, coefficient: Double)

    var program = LinearProgram(.minimize)
    var allocations: [LinearProgram.Variable] = []
    var machines: [LinearProgram.Variable?] = []
    let scale: Double

    init(_ scenario: Scenario, _ metric: PlanMetric, target: Double, isRelaxed: Bool) {
        scale = max(scenario.demand.max() ?? 0, 1)
        let rates = metric.rates(of: scenario)
        for hour in 0..<scenario.hourCount { addHour(hour, scenario, metric, rates: rates[hour], isRelaxed: isRelaxed) }
        for hour in 1..<max(scenario.hourCount, 1) where scenario.fleet.hasStarts {
            addStarts(hour, prices: scenario.fleet.startPrices(metric, rates: rates[hour]))
        }
        for (group, promise) in scenario.groups.enumerated() {
            if let shares = promise.shares {
                addShares(shares, group, scenario, target: target)
            } else {
                addWindows(group, scenario, target: target)
            }
        }
    }

    private mutating func addHour(
        _ hour: Int,
        _ scenario: Scenario,
        _ metric: PlanMetric,
        rates: EnergyRates,
        isRelaxed: Bool
    ) {
        let fleet = scenario.fleet
        let first = allocations.count
        for group in scenario.groups.indices {
            let demand = scenario.demand[hour * scenario.groups.count + group] / scale
            let parts = fleet.tiers.map { _ in program.variable(atMost: demand) }
            program.constrain(parts.map { ($0, 1) }, equal: demand)
            allocations += parts
        }
        var used = [[(variable: LinearProgram.Variable, coefficient: Double)]](
            repeating: [],
            count: fleet.machines.count
        )
        for (tierIndex, tier) in fleet.tiers.enumerated() {
            var terms = scenario.groups.indices.map { (allocations[first + $0 * fleet.tiers.count + tierIndex], -1.0) }
            for (type, machine) in fleet.machines.enumerated() {
                guard machine.requestsPerHour[tierIndex] > 0 else {
                    machines.append(nil)
                    continue
                }
                let cost =
                    fleet.kilowattHours(tier: tierIndex, machine: type) * rates[tierIndex] + metric.fixed(machine)
                let count = program.variable(objective: cost, isInteger: !isRelaxed)
                machines.append(count)
                terms.append((count, machine.requestsPerHour[tierIndex] / scale))
                used[type].append((count, 1))
            }
            if let purchase = tier.purchase {
                terms.append(
                    (program.variable(objective: metric.price(of: purchase, rate: rates[tierIndex]) * scale), 1)
                )
            }
            program.constrain(terms, atLeast: 0)
        }
        for (type, machine) in fleet.machines.enumerated() {
            if let limit = machine.countMax { program.constrain(used[type], atMost: Double(limit)) }
        }
    }

    /// Machines above those of the hour before.
    private mutating func addStarts(_ hour: Int, prices: [Double]) {
        for (slot, price) in prices.enumerated() where price > 0 {
            let places = (hour * prices.count + slot, (hour - 1) * prices.count + slot)
            guard let count = machines[places.0], let before = machines[places.1] else { continue }
            let started = program.variable(objective: price)
            program.constrain([(started, 1), (count, -1), (before, 1)], atLeast: 0)
        }
    }

    /// The sums of a group's requests up to each hour, each tier's times its factor.
    private mutating func addTotals(
        _ group: Int,
        _ scenario: Scenario,
        times factors: [Double]
    ) -> [LinearProgram.Variable] {
        let totals = (0..<scenario.hourCount).map { _ in program.variable(atLeast: -.infinity) }
        for hour in totals.indices {
            let first = (hour * scenario.groups.count + group) * factors.count
            var terms = factors.indices.map { (allocations[first + $0], -factors[$0]) }
            terms.append((totals[hour], 1))
            if hour > 0 { terms.append((totals[hour - 1], -1)) }
            program.constrain(terms, equal: 0)
        }
        return totals
    }

    /// What a running total gains over a window.
    private func gain(_ totals: [LinearProgram.Variable], over hours: Range<Int>) -> [Term] {
        var terms = [(variable: totals[hours.upperBound - 1], coefficient: 1.0)]
        if hours.lowerBound > 0 { terms.append((totals[hours.lowerBound - 1], -1)) }
        return terms
    }

    /// Each tier's share of every window between what the promise says.
    private mutating func addShares(_ promise: SharePromise, _ group: Int, _ scenario: Scenario, target: Double) {
        for tier in promise.low.indices {
            let range = promise.range(tier: tier, target: target)
            let totals = addTotals(group, scenario, times: promise.low.indices.map { $0 == tier ? 1 : 0 })
            for window in scenario.windows {
                let requests = window.hours.map { scenario.demand[$0 * scenario.groups.count + group] }
                let demand = requests.reduce(0, +) / scale
                program.constrain(
                    gain(totals, over: window.hours),
                    atLeast: range.lowerBound * demand,
                    atMost: range.upperBound * demand
                )
            }
        }
    }

    private mutating func addWindows(_ group: Int, _ scenario: Scenario, target: Double) {
        let groups = scenario.groups.count
        let totals = addTotals(group, scenario, times: scenario.fleet.tiers.map(\.quality))
        let level = scenario.groups[group].quality(for: target)
        for window in scenario.windows {
            let past = scenario.past(of: window, group: group)
            let demand = window.hours.reduce(past.demand) { $0 + scenario.demand[$1 * groups + group] }
            program.constrain(gain(totals, over: window.hours), atLeast: (level * demand - past.quality) / scale)
        }
    }
}
