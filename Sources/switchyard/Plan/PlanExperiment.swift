import Configuration
import Domain
import Foundation
import Planning

/// One job of `switchyard plan`: reads its hours, plans them, verifies the plan and keeps the result.
struct PlanExperiment {
    let job: PlanComposition.Job

    private var settings: ExperimentSettings { job.settings }

    /// The result's name: what people look for, and a digest of all settings.
    var name: String {
        let target = settings.budget.map { "budget\($0)" } ?? "qor\(settings.qualityTarget)"
        let parts = [
            settings.requestsDataset, settings.region, "\(settings.year)", "vp\(settings.validityHours)", target,
            settings.optimizer.name.rawValue, "s\(settings.seed)", String(digest),
        ]
        return parts.joined(separator: "_").replacing("/", with: "-")
    }

    /// Where the result is kept.
    var path: String { "\(settings.resultFolder)/\(name).json" }

    private var digest: Substring { "\(Fingerprint(of: Array(settings.yaml.utf8)))".prefix(12) }

    /// The result that is there, or a new one; it blocks.
    ///
    /// - Parameters:
    ///   - tell: Told now and then what share of the work is done.
    ///   - isCancelled: Asked as often.
    /// - Returns: What came of it, which is kept.
    /// - Throws: What is wrong with its files, or why there is no plan.
    func result(
        telling tell: @escaping @Sendable (Double) -> Void,
        unless isCancelled: @escaping @Sendable () -> Bool
    ) throws -> PlanResult {
        let start = Self.threadSeconds()
        let source = try PlanScenario(settings)
        let inputs = source.digest
        // Files may have changed since: what was made of others is not kept.
        if var kept = PlanResult.load(path), kept.settings == settings.yaml, kept.inputs == inputs {
            // Another call may have asked for the same in other words.
            kept.job = job.name
            return kept
        }
        // Then come the plans to compare with, one of them for all hours: as much work as qt's, and little beside others'.
        let part = !isCompared(source.scenario) ? 1 : settings.optimizer.name == .full ? 0.5 : 0.95
        func planner(_ shares: ClosedRange<Double>) -> Planner {
            let length = shares.upperBound - shares.lowerBound
            return Planner(
                settings.planOptions,
                onProgress: { tell(shares.lowerBound + length * $0.share) },
                unless: isCancelled
            )
        }
        let plan = try plan(source, planner(0...part))
        let seconds = Self.threadSeconds() - start
        tell(part)
        let verification = PlanVerification(plan, of: source.scenario, isRelaxed: settings.optimizer.relax)
        let (savings, baselines) = try comparison(source, planner(part...1), plan)
        let result = PlanResult(
            name: name,
            job: job.name,
            settings: settings.yaml,
            inputs: inputs,
            firstHour: "\(source.start)",
            tiers: source.scenario.fleet.tiers.map(\.name),
            machineTypes: source.scenario.fleet.machines.map(\.name),
            demand: (0..<source.scenario.hourCount).map { source.scenario.totalDemand($0) },
            intensity: source.scenario.intensity,
            plan: plan,
            verification: verification,
            quality: PlanResult.Spread(verification.windowQualities),
            savings: savings,
            baselines: baselines,
            notes: source.notes,
            cpuSeconds: seconds
        )
        try result.save(path)
        return result
    }

    private func plan(_ source: PlanScenario, _ planner: Planner) throws -> Plan {
        let scenario = source.scenario
        var goal = settings.goal
        if settings.optimizer.name == .greedy, case .least(let metric, _) = goal {
            // It spends a budget: that of the best plan, so that what it makes of the same can be compared.
            goal = .bestQuality(within: try planner.plan(scenario, for: goal).cost, of: metric)
        }
        guard settings.optimizer.name != .reference else {
            return try ReferencePlanner(settings.planOptions).plan(scenario, for: goal)
        }
        let strategy = settings.optimizer.strategy
        if settings.optimizer.name == .oracle || settings.optimizer.oracle {
            return try planner.plan(scenario, for: goal, by: strategy, outlook: TrueOutlook(scenario))
        }
        let outlook = try SeriesOutlook(
            source,
            by: settings.optimizer.forecast,
            zone: settings.region,
            seed: settings.seed
        )
        return try planner.plan(scenario, for: goal, by: strategy, outlook: outlook)
    }

    /// Whether there are plans to compare with: of carbon, and for promises that they can keep.
    private func isCompared(_ scenario: Scenario) -> Bool {
        guard case .least(.carbon, _) = settings.goal else { return false }
        return scenario.groups.allSatisfy { $0.shares == nil }
    }

    /// Where the savings of a plan come from, for one that keeps a target and counts carbon, and what they are against.
    private func comparison(
        _ source: PlanScenario,
        _ planner: Planner,
        _ plan: Plan
    ) throws -> (PlanResult.Savings?, [PlanResult.Baseline]) {
        let (scenario, outlook) = (source.scenario, TrueOutlook(source.scenario))
        guard isCompared(scenario), case .least(.carbon, _) = plan.goal, plan.cost > 0 else { return (nil, []) }
        let best = try planner.plan(scenario, for: plan.goal, by: .allBest, outlook: outlook)
        let mix = try planner.plan(scenario, for: plan.goal, by: .constantMix, outlook: outlook)
        let flatten = { (grid: [Double]) in
            let mean = grid.reduce(0, +) / Double(grid.count)
            return grid.map { _ in mean }
        }
        let flat = try Scenario(
            demand: scenario.demand,
            intensity: flatten(scenario.intensity),
            tierIntensity: scenario.tierIntensity.mapValues(flatten),
            groups: scenario.groups,
            fleet: scenario.fleet,
            validityHours: scenario.validityHours
        )
        let blind = try planner.plan(flat, for: plan.goal)
        let checks = [best, mix, blind].map { PlanVerification($0, of: scenario, isRelaxed: settings.optimizer.relax) }
        // Against what costs nothing, nothing can be saved; nor against a mix that machines are too few to keep to.
        guard best.cost > 0, mix.cost > 0, checks[2].grams > 0, checks[1].quality >= settings.qualityTarget - 1e-6
        else { return (nil, []) }
        let savings = PlanResult.Savings(
            allBest: 1 - plan.cost / best.cost,
            constantMix: 1 - plan.cost / mix.cost,
            constantGrid: 1 - plan.cost / checks[2].grams
        )
        let names = ["all at the best tier", "constant mix", "best for a constant grid"]
        return (savings, zip(names, checks).map { PlanResult.Baseline(name: $0, hourlyGrams: $1.hourlyGrams) })
    }

    /// CPU time of this thread: a job runs on one from beginning to end.
    private static func threadSeconds() -> Double {
        var time = timespec()
        // The address is good for the call, which is all that it is used in.
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

extension ExperimentSettings {
    /// What is asked of the plan.
    var goal: PlanGoal {
        let metric = PlanMetric(rawValue: metric) ?? .carbon
        return budget.map { .bestQuality(within: $0, of: metric) } ?? .least(metric, target: qualityTarget)
    }

    /// How it is searched for.
    var planOptions: PlanOptions {
        PlanOptions(
            isRelaxed: optimizer.relax,
            secondsMax: optimizer.timeLimit,
            gap: optimizer.gap,
            tradesPerHour: optimizer.trades,
            seed: seed
        )
    }
}

extension OptimizerSettings {
    /// The strategy of the settings' name.
    var strategy: PlanStrategy {
        switch name {
        case .full, .reference: .full
        case .online, .oracle:
            .online(
                OnlineOptions(
                    horizonHours: horizon,
                    refreshHours: refreshHours,
                    // Who knows what comes needs no insurance.
                    insuredHours: insuredHours ?? (oracle || name == .oracle ? 0 : nil)
                )
            )
        case .greedy:
            .greedy(GreedyOptions(mode: mode == .constant ? .constant : .weighted, refreshHours: refreshHours))
        case .constantMix: .constantMix
        case .allBest: .allBest
        case .allLowest: .allLowest
        }
    }
}
