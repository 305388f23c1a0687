extension Planner {
    /// What a strategy makes of a scenario.
    ///
    /// - Parameters:
    ///   - scenario: What comes; only the full plan knows all of it beforehand.
    ///   - goal: What is asked for. The greedy strategy needs a budget, the constant mix a target.
    ///   - strategy: The strategy.
    ///   - outlook: What strategies that forecast go by.
    /// - Returns: What was done; the bound of a strategy that proves none is 0.
    /// - Throws: ``PlanningError`` if the strategy can't do it.
    public func plan(
        _ scenario: Scenario,
        for goal: PlanGoal,
        by strategy: PlanStrategy,
        outlook: some PlanOutlook
    ) throws(PlanningError) -> Plan {
        switch strategy {
        case .full: return try plan(scenario, for: goal)
        case .online(let options):
            var run = try OnlineRun(scenario, for: goal, options: options, planner: self)
            return try run.plan(with: outlook)
        case .greedy(let options):
            guard case .bestQuality(let budget, _) = goal else {
                throw .unsupported("greedy spends a budget: give it one instead of a target")
            }
            guard !scenario.fleet.hasStarts else {
                throw .unsupported(
                    "greedy spends each hour's share alone and knows no starts: leave them out, or use qt"
                )
            }
            let packed = try PackedScenario(scenario, for: goal.metric, isRelaxed: self.options.isRelaxed)
            let run = GreedyRun(packed: packed, options: options)
            return try packed.plan(run.points(budget: budget, outlook: outlook), for: goal, strategy: strategy)
        case .constantMix, .allBest, .allLowest:
            let packed = try PackedScenario(scenario, for: goal.metric, isRelaxed: self.options.isRelaxed)
            var level = strategy == .allBest ? 1.0 : 0
            if strategy == .constantMix {
                guard case .least(_, let target) = goal else {
                    throw .unsupported("constant_mix keeps a target of quality: give it one instead of a budget")
                }
                level = target
            }
            return try packed.plan(packed.constantPoints(level: level), for: goal, strategy: strategy)
        }
    }
}

extension PackedScenario {
    /// For each hour the cheapest point at which every group has the quality of a target, and all requests at the best tier
    /// for a target of 1.
    func constantPoints(level: Double) -> [Double] {
        (0..<scenario.hourCount).map { hour in
            chains.reduce(premium[hour] * (scenario.fleet.tiers.last?.quality ?? 0)) { sum, group in
                let demand = scenario.demand[hour * scenario.groups.count + group]
                return sum + demand * scenario.groups[group].quality(for: level)
            }
        }
    }

    /// The plan that gives each hour at least a total quality, which its groups share as they are promised.
    func plan(_ totals: [Double], for goal: PlanGoal, strategy: PlanStrategy) throws(PlanningError) -> Plan {
        let start = ContinuousClock.now
        let model = try model(target: 0)
        let qualities = totals.indices.flatMap { hour -> [Double] in
            let curve = curves[hour]
            let total = curve.isDivisible ? totals[hour] : curve.qualities[curve.point(reaching: totals[hour])]
            return shares(of: total, hour: hour, model: model)
        }
        let assignment = Assignment(model, rounding: qualities)
        let (allocations, machines) = decode(assignment)
        return Plan(
            goal: goal,
            scenario: scenario,
            allocations: allocations,
            machines: machines,
            cost: scenario.cost(metric, allocations: allocations, machines: machines),
            target: scenario.quality(allocations: allocations),
            bound: 0,
            qualityPrices: Array(repeating: 0, count: scenario.hourCount * scenario.groups.count),
            effort: PlanEffort(
                strategy: strategy.name,
                seconds: (ContinuousClock.now - start) / .seconds(1),
                pivotCount: 0
            )
        )
    }

    /// What each chain gets of an hour's total: all are as far on the way to what they are promised at best.
    private func shares(of total: Double, hour: Int, model: QualityModel) -> [Double] {
        let places = (0..<chains.count).map { hour * chains.count + $0 }
        let least = model.offset[hour] + places.reduce(0) { $0 + model.low[$1] }
        let room = places.reduce(0) { $0 + model.high[$1] - model.low[$1] }
        let share = room > 0 ? min(max((total - least) / room, 0), 1) : 0
        return places.map { model.low[$0] + share * (model.high[$0] - model.low[$0]) }
    }
}

extension Scenario {
    /// The quality of responses of the worst window, 0 to 1; below 0 where a group gets less than it is promised at worst.
    func quality(allocations: [Double]) -> Double {
        let tiers = fleet.tiers.map(\.quality)
        var worst = 1.0
        for group in groups.indices where groups[group].qualityHigh > groups[group].qualityLow {
            let hourly = (0..<hourCount).map { hour in
                let first = (hour * groups.count + group) * tiers.count
                return tiers.indices.reduce(0) { $0 + tiers[$1] * allocations[first + $1] }
            }
            for window in windows {
                let past = past(of: window, group: group)
                let asked = window.hours.reduce(past.demand) { $0 + demand[$1 * groups.count + group] }
                let quality = window.hours.reduce(past.quality) { $0 + hourly[$1] }
                guard asked > 0 else { continue }
                let range = groups[group].qualityHigh - groups[group].qualityLow
                worst = min(worst, (quality / asked - groups[group].qualityLow) / range)
            }
        }
        return worst
    }
}
