/// A scenario in the parts that can be planned apart: its groups, where they share no machines, else the whole.
///
/// Bought requests and parts of machines have no capacity to share, so that each group has costs of its own. A curve of
/// their sum would promise more than there is: it knows only what the cheapest mix of all requests costs, and the groups
/// need mixes of their own.
struct ScenarioParts {
    let scenario: Scenario
    let packed: [PackedScenario]

    init(_ scenario: Scenario, for metric: PlanMetric, isRelaxed: Bool) throws(PlanningError) {
        self.scenario = scenario
        let isApart = isRelaxed ? !scenario.fleet.isLimited : scenario.fleet.machines.isEmpty
        guard scenario.groups.count > 1, isApart else {
            packed = [try PackedScenario(scenario, for: metric, isRelaxed: isRelaxed)]
            return
        }
        var packed: [PackedScenario] = []
        for group in scenario.groups.indices {
            packed.append(try PackedScenario(scenario.alone(group), for: metric, isRelaxed: isRelaxed))
        }
        self.packed = packed
    }
}

/// The cheapest assignments found for a target, part by part.
struct SolvedParts {
    let target: Double
    var parts: [SolvedTarget]

    var cost: Double { parts.reduce(0) { $0 + $1.assignment.cost } }
    var bound: Double { parts.reduce(0) { $0 + $1.bound } }

    /// How fast the bound rises with the target.
    func slope(_ scenario: ScenarioParts) throws(PlanningError) -> Double {
        var slope = 0.0
        for (packed, solved) in zip(scenario.packed, parts) { slope += try packed.slope(solved) }
        return slope
    }

    /// The plan that they come to; `bound` is that of the quality where the quality is what was sought.
    func plan(_ scenario: ScenarioParts, for goal: PlanGoal, bound: Double?) -> Plan {
        let plans = zip(scenario.packed, parts).map { $1.plan($0, for: goal, bound: bound) }
        return plans.count == 1 ? plans[0] : Plan(ofGroups: plans, of: scenario.scenario)
    }
}

extension Plan {
    /// The plan of a scenario whose groups were planned one by one.
    fileprivate init(ofGroups plans: [Plan], of scenario: Scenario) {
        let (first, hours) = (plans[0], 0..<scenario.hourCount)
        let bound = plans.reduce(0) { $0 + $1.bound }
        var seconds = 0.0
        var pivots = 0
        var machines = first.machines.map { _ in 0.0 }
        for plan in plans {
            seconds += plan.effort.seconds
            pivots += plan.effort.pivotCount
            for place in machines.indices { machines[place] += plan.machines[place] }
        }
        self.init(
            goal: first.goal,
            scenario: scenario,
            allocations: hours.flatMap { hour in
                plans.flatMap { $0.allocations[hour * first.tierCount..<(hour + 1) * first.tierCount] }
            },
            machines: machines,
            cost: plans.reduce(0) { $0 + $1.cost },
            target: first.target,
            bound: { if case .least = first.goal { bound } else { first.bound } }(),
            qualityPrices: hours.flatMap { hour in plans.map { $0.qualityPrices[hour] } },
            effort: PlanEffort(strategy: first.effort.strategy, seconds: seconds, pivotCount: pivots)
        )
    }
}

extension Scenario {
    /// The same hours with nobody but one group.
    fileprivate func alone(_ group: Int) throws(PlanningError) -> Scenario {
        let of = { (values: [Double]) in stride(from: group, to: values.count, by: groups.count).map { values[$0] } }
        var only = groups[group]
        only.weight = 1
        do {
            return try Scenario(
                demand: of(demand),
                demandFloor: of(demandFloor),
                intensity: intensity,
                tierIntensity: tierIntensity,
                energyPrice: energyPrice,
                groups: [only],
                fleet: fleet,
                validityHours: validityHours,
                past: Past(demand: of(past.demand), quality: of(past.quality)),
                ending: ending
            )
        } catch {
            throw .scenario(error)
        }
    }
}
