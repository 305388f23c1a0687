import Domain
import Testing

@testable import Planning

/// The verifier finds what is planted in a plan that was right.
@Suite struct PlanVerificationTests {
    private let scenario: Scenario
    private let plan: Plan

    init() throws {
        var generator = SeededGenerator(seed: 1)
        scenario = try .rhythm(hours: 48, demand: 2e5, fleet: .measured, validityHours: 24, using: &generator)
        plan = try Planner(PlanOptions(tradesPerHour: 20)).plan(scenario, for: .least(.carbon, target: 0.5))
    }

    private func violations(_ change: (inout [Double], inout [Double]) -> Void, bound: Double? = nil) -> [String] {
        var (allocations, machines) = (plan.allocations, plan.machines)
        change(&allocations, &machines)
        let changed = Plan(
            goal: plan.goal,
            scenario: scenario,
            allocations: allocations,
            machines: machines,
            cost: scenario.cost(.carbon, allocations: allocations, machines: machines),
            target: plan.target,
            bound: bound ?? 0,
            qualityPrices: [],
            effort: plan.effort
        )
        return PlanVerification(changed, of: scenario, isRelaxed: false).violations
    }

    @Test func findsNothingInARightPlan() { #expect(violations { _, _ in }.isEmpty) }

    @Test func findsRequestsThatAreNotServed() throws {
        let place = try #require(plan.allocations.firstIndex { $0 > 0 })
        #expect(
            violations { allocations, _ in allocations[place] -= 1 }.contains { $0.contains("requests are served") }
        )
    }

    @Test func findsMachinesThatAreMissing() throws {
        let place = try #require(plan.machines.firstIndex { $0 > 0 })
        #expect(
            violations { _, machines in machines[place] -= 1 }.contains { $0.contains("requests and machines for") }
        )
        #expect(violations { _, machines in machines[place] += 0.5 }.contains { $0.contains("not a whole number") })
    }

    /// Serving the best hour's requests at the worst tier breaks each window that it is in.
    @Test func findsWindowsThatAreBroken() {
        let found = violations { allocations, machines in
            for hour in 20..<28 {
                allocations[hour * 3] += allocations[hour * 3 + 1] + allocations[hour * 3 + 2]
                allocations[hour * 3 + 1] = 0
                allocations[hour * 3 + 2] = 0
                machines[hour * 6] += 1
            }
        }
        #expect(found.contains { $0.contains("mean quality") })
    }

    @Test func findsABoundThatIsNone() {
        #expect(violations({ _, _ in }, bound: plan.cost * 1.01).contains { $0.contains("is above the cost") })
    }

    @Test func findsNumbersThatAreNone() {
        #expect(violations { allocations, _ in allocations[0] = .nan } == ["the plan has a negative number, or none"])
    }

    /// A plan for one scenario is none for another.
    @Test func findsAPlanForOtherHours() throws {
        var generator = SeededGenerator(seed: 1)
        let other = try Scenario.rhythm(hours: 24, demand: 1, fleet: .paper, validityHours: 24, using: &generator)
        #expect(!PlanVerification(plan, of: other, isRelaxed: false).violations.isEmpty)
    }
}
