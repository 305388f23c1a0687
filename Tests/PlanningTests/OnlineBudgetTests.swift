import Domain
import Testing

@testable import Planning

@Suite struct OnlineBudgetTests {
    private func scenario(_ fleet: PlanFleet, groups: [UserGroup]? = nil, seed: UInt64) throws -> Scenario {
        var generator = SeededGenerator(seed: seed)
        return try .rhythm(
            hours: 48,
            demand: 5e5,
            fleet: fleet,
            groups: groups,
            validityHours: 12,
            using: &generator
        )
    }

    private func plan(
        _ scenario: Scenario,
        _ budget: Double,
        _ metric: PlanMetric = .carbon,
        outlook: some PlanOutlook
    ) throws -> Plan {
        let strategy = PlanStrategy.online(OnlineOptions(horizonHours: 36, refreshHours: 12))
        return try Planner(PlanOptions()).plan(
            scenario,
            for: .bestQuality(within: budget, of: metric),
            by: strategy,
            outlook: outlook
        )
    }

    /// Of a budget of carbon, energy or money nothing is overspent and little is left, and most of what the full plan makes
    /// of it is kept; greedy hours make less of it.
    @Test(arguments: PlanMetric.allCases)
    func budgetsArePacedAndNotOverspent(metric: PlanMetric) throws {
        let scenario = try scenario(.paper, seed: 4)
        let planner = Planner(PlanOptions(tradesPerHour: 30))
        let half = try planner.plan(scenario, for: .least(metric, target: 0.5))
        let online = try plan(scenario, half.cost, metric, outlook: TrueOutlook(scenario))
        let check = PlanVerification(online, of: scenario, isRelaxed: false)
        #expect(check.violations.isEmpty, "\(check.violations)")
        #expect(online.cost <= half.cost && online.cost > 0.97 * half.cost, "\(online.cost) of \(half.cost)")
        #expect(online.target > 0.42, "\(online.target)")
        let greedy = try planner.plan(
            scenario,
            for: .bestQuality(within: half.cost, of: metric),
            by: .greedy(GreedyOptions()),
            outlook: TrueOutlook(scenario)
        )
        #expect(online.target > greedy.target)
    }

    /// Demand that is always foreseen too low, or too high: the budget holds all the same, to the last hour.
    @Test(arguments: [0.6, 1.5], [1.05, 1.2])
    func wrongOutlooksDoNotOverspend(factor: Double, room: Double) throws {
        let scenario = try scenario(.paper, seed: 5)
        let least = try Planner(PlanOptions(tradesPerHour: 0)).plan(scenario, for: .least(.carbon, target: 0)).cost
        let outlook = ScaledOutlook(scenario: scenario, factor: factor)
        let online = try plan(scenario, room * least, outlook: outlook)
        let violations = PlanVerification(online, of: scenario, isRelaxed: false).violations
        #expect(violations.isEmpty && online.cost <= room * least, "\(violations)")
    }

    /// Premium requests come first; a budget may pay all there is, or not even the worst.
    @Test func premiumRequestsShareABudget() throws {
        let groups = UserGroup.mix(premiumShare: 0.2, tiers: PlanFleet.paper.tiers)
        let scenario = try scenario(.paper, groups: groups, seed: 6)
        let planner = Planner(PlanOptions(tradesPerHour: 30))
        let budget = try planner.plan(scenario, for: .least(.carbon, target: 0.6)).cost
        let online = try plan(scenario, budget, outlook: TrueOutlook(scenario))
        let violations = PlanVerification(online, of: scenario, isRelaxed: false).violations
        #expect(violations.isEmpty && online.cost <= budget, "\(violations)")
        #expect(online.target > 0.5, "\(online.target)")
        let rich = try plan(scenario, 10 * budget, outlook: TrueOutlook(scenario))
        #expect(rich.target > 1 - 1e-9)
        #expect(throws: PlanningError.self) { try plan(scenario, budget / 100, outlook: TrueOutlook(scenario)) }
        #expect(throws: PlanningError.self) { try plan(scenario, .nan, outlook: TrueOutlook(scenario)) }
        var two = UserGroup.mix(premiumShare: 0.5, tiers: PlanFleet.paper.tiers)
        two[1].qualityLow = 0
        let shared = try self.scenario(.paper, groups: two, seed: 6)
        #expect(throws: PlanningError.self) { try plan(shared, budget, outlook: TrueOutlook(shared)) }
    }
}

/// An outlook that expects a multiple of what comes.
private struct ScaledOutlook: PlanOutlook {
    let scenario: Scenario
    let factor: Double

    func expectation(at hour: Int, count: Int) -> (demand: [Double], intensity: [Double]) {
        let truth = TrueOutlook(scenario).expectation(at: hour, count: count)
        return (truth.demand.map { $0 * factor }, truth.intensity)
    }
}
