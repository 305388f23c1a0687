import Domain
import Testing

@testable import Planning

@Suite struct MachineStartTests {
    private let goal = PlanGoal.least(.carbon, target: 0.6)

    /// Branch and cut counts starts exactly: no plan is better, and ours is near, above a bound that stays one.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func plansWithStartsAreNearTheBestThereIs(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let scenario = try Scenario.tiny(using: &generator, hours: 4).starting(
            MachineStart(kilowattHours: Double.random(in: 0...1, using: &generator), grams: 20, dollars: 1)
        )
        let best = try ReferencePlanner(PlanOptions()).plan(scenario, for: goal)
        let plan = try Planner(PlanOptions(tradesPerHour: 30, seed: seed)).plan(scenario, for: goal)
        for plan in [best, plan] {
            let violations = PlanVerification(plan, of: scenario, isRelaxed: false).violations
            #expect(violations.isEmpty, "\(violations)")
        }
        #expect(plan.cost >= best.cost * (1 - 1e-6) && plan.bound <= best.cost * (1 + 1e-6))
        #expect(plan.cost <= best.cost * 1.3 + 1e-9)
    }

    /// Who knows of starts switches less, in the plan for all hours and hour by hour.
    @Test(arguments: [PlanStrategy.full, .online(OnlineOptions(horizonHours: 24))])
    func whoKnowsOfStartsMakesFewer(strategy: PlanStrategy) throws {
        var generator = SeededGenerator(seed: 2)
        let blind = try Scenario.rhythm(hours: 60, demand: 1e5, fleet: .paper, validityHours: 24, using: &generator)
        let scenario = try blind.starting(MachineStart(kilowattHours: 2, grams: 100))
        let planner = Planner(PlanOptions(tradesPerHour: 100))
        let plan = try planner.plan(scenario, for: goal, by: strategy, outlook: TrueOutlook(scenario))
        let violations = PlanVerification(plan, of: scenario, isRelaxed: false).violations
        #expect(violations.isEmpty, "\(violations)")
        let other = try planner.plan(blind, for: goal, by: strategy, outlook: TrueOutlook(blind))
        let cost = scenario.cost(.carbon, allocations: other.allocations, machines: other.machines)
        #expect(plan.cost < 0.99 * cost, "\(plan.cost) or \(cost)")
    }

    /// A gap is bridged where running through it costs less than a start, and there is room.
    @Test func machinesIdleThroughShortGaps() throws {
        // An hour of a machine is 10 g; a start 15 g.
        func needed(_ counts: [Double], limit: Int? = nil) throws -> [Double] {
            var fleet = PlanFleet.paper
            fleet.machines = [
                MachineType(
                    name: "box",
                    requestsPerHour: [100, 50],
                    kilowatts: [0, 0],
                    embodiedGramsPerHour: 10
                )
            ]
            fleet.machines[0].start = MachineStart(kilowattHours: 0, grams: 15)
            fleet.machines[0].countMax = limit
            let hours = counts.map { _ in 0.0 }
            let groups = UserGroup.mix(premiumShare: 0, tiers: fleet.tiers)
            let scenario = try Scenario(
                totalDemand: hours,
                intensity: hours,
                groups: groups,
                fleet: fleet,
                validityHours: 1
            )
            let kept = scenario.idling(counts.flatMap { [$0, 1] }, for: .carbon)
            #expect(stride(from: 1, to: kept.count, by: 2).allSatisfy { kept[$0] == 1 })
            return stride(from: 0, to: kept.count, by: 2).map { kept[$0] }
        }
        #expect(try needed([2, 0, 2, 0, 0, 1]) == [2, 2, 2, 0, 0, 1])
        // What is never needed again is switched off, and what was never needed before is started.
        #expect(try needed([3, 1, 2, 0, 3]) == [3, 2, 2, 2, 3])
        #expect(try needed([0, 2, 0]) == [0, 2, 0])
        // The other tier has one machine of the limit.
        #expect(try needed([2, 0, 2], limit: 2) == [2, 1, 2])
    }

    @Test func startsAreCountedAndRefusedWhereTheyCanNotBe() throws {
        var generator = SeededGenerator(seed: 3)
        let blind = try Scenario.rhythm(hours: 30, demand: 1e5, fleet: .paper, validityHours: 24, using: &generator)
        let scenario = try blind.starting(MachineStart(kilowattHours: 2))
        let planner = Planner(PlanOptions(tradesPerHour: 10))
        // A plan that says nothing of its starts says too little.
        let found = PlanVerification(try planner.plan(blind, for: goal), of: scenario, isRelaxed: false).violations
        #expect(found.contains { $0.contains("the plan says that it costs") }, "\(found)")
        #expect(throws: PlanningError.self) { try Planner(PlanOptions(isRelaxed: true)).plan(scenario, for: goal) }
        #expect(throws: PlanningError.self) {
            try planner.plan(
                scenario,
                for: .bestQuality(within: 1e9, of: .carbon),
                by: .greedy(GreedyOptions()),
                outlook: TrueOutlook(scenario)
            )
        }
        #expect(throws: ScenarioError.self) { try blind.starting(MachineStart(kilowattHours: -1)) }
        #expect(throws: ScenarioError.self) { try blind.starting(MachineStart(kilowattHours: 0, dollars: .nan)) }
    }
}

extension Scenario {
    /// The same with machines whose starts cost something.
    func starting(_ start: MachineStart) throws -> Scenario {
        var fleet = fleet
        for machine in fleet.machines.indices { fleet.machines[machine].start = start }
        return try Scenario(
            demand: demand,
            intensity: intensity,
            tierIntensity: tierIntensity,
            energyPrice: energyPrice,
            groups: groups,
            fleet: fleet,
            validityHours: validityHours
        )
    }
}
