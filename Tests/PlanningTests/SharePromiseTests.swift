import Domain
import Testing

@testable import Planning

@Suite struct SharePromiseTests {
    /// What the original promises best-effort users of its five tiers.
    private let original = SharePromise(low: [1, 0.75, 0.5, 0.25, 0], high: [0, 0.25, 0.5, 0.75, 1])
    private let goal = PlanGoal.least(.carbon, target: 0.6)

    private func scenario(
        _ shares: SharePromise?,
        hours: Int,
        validityHours: Int,
        fleet: PlanFleet,
        seed: UInt64
    ) throws
        -> Scenario
    {
        var generator = SeededGenerator(seed: seed)
        return try .rhythm(
            hours: hours,
            demand: 6e4,
            fleet: fleet,
            groups: [UserGroup(name: "all", weight: 1, qualityLow: 0, qualityHigh: 1, shares: shares)],
            validityHours: validityHours,
            using: &generator
        )
    }

    /// Of two tiers that count 0 and 1 both measures are the same.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func ofTwoTiersSharesAreTheMeanQuality(seed: UInt64) throws {
        let promise = SharePromise(low: [1, 0], high: [0, 1])
        let options = PlanOptions()
        let shared = try scenario(promise, hours: 6, validityHours: 3, fleet: .paper, seed: seed)
        let weighed = try scenario(nil, hours: 6, validityHours: 3, fleet: .paper, seed: seed)
        let plan = try ReferencePlanner(options).plan(shared, for: goal)
        let check = PlanVerification(plan, of: shared, isRelaxed: false)
        #expect(check.violations.isEmpty, "\(check.violations)")
        #expect(abs(plan.cost - (try ReferencePlanner(options).plan(weighed, for: goal).cost)) < 1e-6 * plan.cost)
        let other = PlanVerification(plan, of: weighed, isRelaxed: false)
        #expect(zip(check.windowQualities, other.windowQualities).allSatisfy { abs($0 - $1) < 1e-9 })
    }

    /// Of three tiers each keeps its share in every window, which a mean quality alone would not ask for.
    @Test func everyTierKeepsItsShareInEveryWindow() throws {
        let promise = SharePromise(low: [0.9, 0.1, 0], high: [0.2, 0.4, 0.4])
        let options = PlanOptions(isRelaxed: true)
        let shared = try scenario(promise, hours: 24, validityHours: 8, fleet: .measured, seed: 1)
        let plan = try ReferencePlanner(options).plan(shared, for: goal)
        let check = PlanVerification(plan, of: shared, isRelaxed: true)
        #expect(check.violations.isEmpty, "\(check.violations)")
        #expect(abs(check.quality - 0.6) < 1e-6)
        // 0.2 + 0.4 · 0.7 is the most that the lowest tier may have, and the cheapest takes all of it.
        #expect(abs(check.tierShares[0] - 0.48) < 0.05)
        let weighed = try scenario(nil, hours: 24, validityHours: 8, fleet: .measured, seed: 1)
        let cheaper = try ReferencePlanner(options).plan(weighed, for: goal)
        let found = PlanVerification(cheaper, of: shared, isRelaxed: true).violations
        #expect(found.contains { $0.contains("gets a share of") }, "\(found)")
    }

    /// The shares of the original's five tiers leave room for no target but 0.
    @Test func saysTheBestTargetThatSharesLeaveRoomFor() throws {
        #expect(original.bestTarget == 0)
        #expect(SharePromise(low: [1, 0, 0], high: [0, 0.5, 0.5]).bestTarget == 1)
        // At 0.75 the least shares are 0.5 · 0.75 and 0.25 + 0.5 · 0.75.
        #expect(abs((SharePromise(low: [0, 0.25], high: [0.5, 0.75]).bestTarget ?? -1) - 0.75) < 1e-12)
        #expect(abs((SharePromise(low: [1, 0.5], high: [0.25, 0.25]).bestTarget ?? -1) - 0.5) < 1e-12)
        #expect(SharePromise(low: [0.6, 0.6], high: [0.7, 0.6]).bestTarget == nil)
        let five = try scenario(original, hours: 4, validityHours: 2, fleet: .fiveTiers, seed: 1)
        #expect(throws: PlanningError.scenario(.targetOutOfReach(target: 0.6, best: 0))) {
            try ReferencePlanner(PlanOptions()).plan(five, for: goal)
        }
        let plan = try ReferencePlanner(PlanOptions(isRelaxed: true)).plan(five, for: .least(.carbon, target: 0))
        let check = PlanVerification(plan, of: five, isRelaxed: true)
        #expect(check.violations.isEmpty, "\(check.violations)")
    }

    @Test func promisesThatMakeNoSenseAreRefused() throws {
        for wrong in [
            SharePromise(low: [1], high: [0]), SharePromise(low: [1, 0], high: [0, 1.5]),
            SharePromise(low: [0.2, 0.3], high: [0.1, 0.4]), SharePromise(low: [.nan, 0], high: [0, 1]),
        ] {
            #expect(throws: ScenarioError.self) {
                try scenario(wrong, hours: 2, validityHours: 1, fleet: .paper, seed: 1)
            }
        }
        let fair = SharePromise(low: [1, 0], high: [0, 1])
        let group = UserGroup(name: "all", weight: 1, qualityLow: 0, qualityHigh: 1, shares: fair)
        #expect(throws: ScenarioError.self) {
            try Scenario(
                demand: [1],
                intensity: [1],
                groups: [group],
                fleet: .paper,
                validityHours: 2,
                past: .init(demand: [1], quality: [1])
            )
        }
    }

    /// Only the reference plans them; every other way says so.
    @Test(arguments: [PlanStrategy.full, .online(OnlineOptions()), .constantMix, .allBest, .allLowest])
    func otherStrategiesRefuseThem(strategy: PlanStrategy) throws {
        let promise = SharePromise(low: [1, 0], high: [0, 1])
        let shared = try scenario(promise, hours: 4, validityHours: 2, fleet: .paper, seed: 1)
        do {
            _ = try Planner(PlanOptions()).plan(shared, for: goal, by: strategy, outlook: TrueOutlook(shared))
            Issue.record("shares were planned")
        } catch {
            #expect(error.message.contains("only optimizer=reference keeps promises of tiers' shares"))
        }
    }
}
