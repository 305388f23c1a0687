import Domain
import Testing

@testable import Planning

@Suite struct ReferencePlannerTests {
    /// Branch and cut on the whole program finds what trying every choice finds, and so far below is no bound of ours.
    @Test(arguments: 0..<100 as Range<UInt64>)
    func findsTheBestThereIs(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let scenario = try Scenario.tiny(using: &generator, hours: 3)
        let best = try #require(BruteForce.leastCost(scenario, target: 0.6))
        let goal = PlanGoal.least(.carbon, target: 0.6)
        let reference = try ReferencePlanner(PlanOptions()).plan(scenario, for: goal)
        #expect(abs(reference.cost - best) <= 1e-6 * best)
        #expect(PlanVerification(reference, of: scenario, isRelaxed: false).violations.isEmpty)
    }

    /// The relaxed program and the relaxed plan have the same optimum: two ways that share nothing but the data.
    @Test(arguments: [0.0, 0.4])
    func agreesWithRelaxedPlans(premium: Double) throws {
        var generator = SeededGenerator(seed: 1)
        let scenario = try Scenario.rhythm(
            hours: 48,
            demand: 1e5,
            fleet: .measured,
            groups: UserGroup.mix(premiumShare: premium, tiers: PlanFleet.measured.tiers),
            validityHours: 24,
            using: &generator
        )
        let (options, goal) = (PlanOptions(isRelaxed: true), PlanGoal.least(.carbon, target: 0.5))
        let (plan, reference) = (
            try Planner(options).plan(scenario, for: goal), try ReferencePlanner(options).plan(scenario, for: goal)
        )
        #expect(abs(plan.cost - reference.cost) < 1e-5 * plan.cost)
        #expect(PlanVerification(reference, of: scenario, isRelaxed: true).violations.isEmpty)
    }
}
