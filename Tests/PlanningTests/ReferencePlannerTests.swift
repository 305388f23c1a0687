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

    /// Parts of machines of which there are only so many: the same optimum as the whole program's, or none for either.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func agreesOnLimitedPartsOfMachines(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        guard let scenario = try? Scenario.tiny(using: &generator, hours: 4, isLimited: true) else { return }
        let target = Double.random(in: 0...1, using: &generator)
        let (options, goal) = (PlanOptions(isRelaxed: true), PlanGoal.least(.carbon, target: target))
        let reference = try? ReferencePlanner(options).plan(scenario, for: goal)
        do {
            let plan = try Planner(options).plan(scenario, for: goal)
            let verification = PlanVerification(plan, of: scenario, isRelaxed: true)
            #expect(verification.violations.isEmpty, "\(verification.violations)")
            let best = try #require(reference).cost
            #expect(abs(plan.cost - best) <= 1e-6 * best + 1e-9 && plan.gap < 1e-5, "\(plan.gap)")
        } catch PlanningError.scenario {
            #expect(reference == nil)
        }
    }

    /// Premium requests have their machines first, and limits hold for all; groups with targets of their own are refused.
    @Test func limitedPartsServePremiumRequestsToo() throws {
        var generator = SeededGenerator(seed: 3)
        var fleet = PlanFleet.measured
        fleet.machines[0].countMax = 4
        fleet.machines[1].countMax = 2
        func scenario(_ groups: [UserGroup]) throws -> Scenario {
            try .rhythm(hours: 36, demand: 4e4, fleet: fleet, groups: groups, validityHours: 12, using: &generator)
        }
        let (options, goal) = (PlanOptions(isRelaxed: true), PlanGoal.least(.carbon, target: 0.7))
        let mixed = try scenario(UserGroup.mix(premiumShare: 0.3, tiers: fleet.tiers))
        let plan = try Planner(options).plan(mixed, for: goal)
        let violations = PlanVerification(plan, of: mixed, isRelaxed: true).violations
        #expect(violations.isEmpty, "\(violations)")
        let reference = try ReferencePlanner(options).plan(mixed, for: goal)
        #expect(abs(plan.cost - reference.cost) < 1e-5 * plan.cost)
        let two = [0.5, 0.5].enumerated().map {
            UserGroup(name: "group \($0)", weight: $1, qualityLow: 0, qualityHigh: 1 - 0.1 * Double($0))
        }
        let shared = try scenario(two)
        #expect(throws: PlanningError.self) { try Planner(options).plan(shared, for: goal) }
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
