import Domain
import Glibc
import Testing

@testable import Planning

@Suite struct HoursAheadTests {
    /// Where wind rules the grid, the last day that is foreseen says little of those after it.
    @Test func aWindyDayIsNotThoughtToGoOn() throws {
        let goal = PlanGoal.least(.carbon, target: 0.5)
        let planner = Planner(PlanOptions(isRelaxed: true))
        let kept = try (0..<4 as Range<UInt64>).map { seed in
            let scenario = try windy(seed: seed)
            let strategies = [.constantMix, .online(OnlineOptions(horizonHours: 72)), .full] as [PlanStrategy]
            let costs = try strategies.map { strategy in
                try planner.plan(scenario, for: goal, by: strategy, outlook: TrueOutlook(scenario)).cost
            }
            return (costs[0] - costs[1]) / (costs[0] - costs[2])
        }
        let mean = kept.reduce(0, +) / Double(kept.count)
        // 0.773 if the last day of the horizon is repeated.
        #expect(mean > 0.805, "\(kept)")
    }

    /// Two weeks of demand with a daily rhythm, and of a grid that takes a day to forget how much wind there was.
    private func windy(seed: UInt64) throws -> Scenario {
        var generator = SeededGenerator(seed: seed)
        let rhythm = try Scenario.rhythm(hours: 336, using: &generator)
        var wind = 0.0
        let intensity = rhythm.demand.map { _ in
            wind = 0.95 * wind + Double.random(in: -0.3...0.3, using: &generator)
            return 300 * pow(2, wind)
        }
        return try Scenario(
            totalDemand: rhythm.demand,
            intensity: intensity,
            groups: rhythm.groups,
            fleet: rhythm.fleet,
            validityHours: 24
        )
    }
}
