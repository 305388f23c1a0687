import Domain
import LinearProgramming
import Synchronization
import Testing

@testable import Planning

@Suite struct PlannerTests {
    /// What the verifier makes of a plan, which has to be nothing wrong.
    @discardableResult
    private func verified(_ plan: Plan, of scenario: Scenario) -> PlanVerification {
        let verification = PlanVerification(plan, of: scenario, isRelaxed: false)
        #expect(verification.violations.isEmpty, "\(verification.violations)")
        return verification
    }

    /// On scenarios so small that every choice can be tried, the bound is below the best plan and the plan near it.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func plansAreAsGoodAsTheBestThereIs(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let scenario = try Scenario.tiny(using: &generator, hours: 4)
        let target = Double.random(in: 0...1, using: &generator)
        let best = try #require(BruteForce.leastCost(scenario, target: target))
        let plan = try Planner(PlanOptions(tradesPerHour: 30, seed: seed)).plan(
            scenario,
            for: .least(.carbon, target: target)
        )
        #expect(plan.bound <= best * (1 + 1e-9))
        #expect(plan.cost >= best * (1 - 1e-9))
        // Of four hours every beginning is kept.
        #expect(plan.cost <= best * (1 + 1e-9) + 1e-9)
        verified(plan, of: scenario)
    }

    @Test(arguments: [24, 168], [PlanFleet.paper, .measured])
    func weeksAreVerifiedAndNearTheirBound(validityHours: Int, fleet: PlanFleet) throws {
        var generator = SeededGenerator(seed: 1)
        let scenario = try Scenario.rhythm(
            hours: 168,
            demand: 3e5,
            fleet: fleet,
            validityHours: validityHours,
            using: &generator
        )
        let plan = try Planner(PlanOptions(tradesPerHour: 150)).plan(scenario, for: .least(.carbon, target: 0.5))
        #expect(verified(plan, of: scenario).quality >= 0.5 - 1e-6)
        #expect(plan.gap < (validityHours == 24 ? 0.04 : 0.008))
    }

    /// Groups with promises of their own, premium among them; each keeps its own in every window.
    @Test(arguments: [0.0, 0.3, 1])
    func everyGroupGetsWhatItWasPromised(premium: Double) throws {
        var generator = SeededGenerator(seed: 2)
        var groups = UserGroup.mix(premiumShare: premium, tiers: PlanFleet.measured.tiers)
        if premium < 1 {
            groups[0].weight /= 2
            groups.append(UserGroup(name: "standard", weight: groups[0].weight, qualityLow: 0.5, qualityHigh: 0.95))
        }
        let scenario = try Scenario.rhythm(
            hours: 72,
            demand: 2e5,
            fleet: .measured,
            groups: groups,
            validityHours: 24,
            using: &generator
        )
        let plan = try Planner(PlanOptions(tradesPerHour: 150)).plan(scenario, for: .least(.carbon, target: 0.6))
        verified(plan, of: scenario)
        // The bound knows nothing of groups that can't be told apart where all are served alike.
        #expect(plan.bound > 0 && plan.gap < 0.15, "\(plan.gap)")
    }

    /// Parts of machines: a linear program alone, solved to its bound.
    @Test func relaxedPlansReachTheirBound() throws {
        var generator = SeededGenerator(seed: 3)
        let scenario = try Scenario.rhythm(
            hours: 96,
            demand: 1e5,
            fleet: .measured,
            validityHours: 24,
            using: &generator
        )
        let relaxed = try Planner(PlanOptions(isRelaxed: true)).plan(scenario, for: .least(.carbon, target: 0.5))
        #expect(PlanVerification(relaxed, of: scenario, isRelaxed: true).violations.isEmpty)
        #expect(relaxed.gap < 1e-6)
        let whole = try Planner(PlanOptions(tradesPerHour: 50)).plan(scenario, for: .least(.carbon, target: 0.5))
        #expect(relaxed.cost < whole.bound)
    }

    /// A budget buys the quality whose cost it is: no more than it, and within the bound.
    @Test(arguments: PlanMetric.allCases)
    func budgetsAreSpentAndNotExceeded(metric: PlanMetric) throws {
        var generator = SeededGenerator(seed: 4)
        let scenario = try Scenario.rhythm(hours: 72, demand: 2e5, fleet: .paper, validityHours: 24, using: &generator)
        let planner = Planner(PlanOptions(tradesPerHour: 50))
        let half = try planner.plan(scenario, for: .least(metric, target: 0.5))
        let plan = try planner.plan(scenario, for: .bestQuality(within: half.cost, of: metric))
        verified(plan, of: scenario)
        #expect(plan.target >= 0.49)
        #expect(plan.bound >= plan.target)
        #expect(plan.gap < 0.025, "\(plan.gap)")
        #expect(throws: PlanningError.self) {
            try planner.plan(scenario, for: .bestQuality(within: half.bound / 100, of: metric))
        }
    }

    /// One search after another for one budget: told as one.
    @Test func progressOfABudgetNeverFallsBack() throws {
        var generator = SeededGenerator(seed: 4)
        let scenario = try Scenario.rhythm(hours: 48, demand: 2e5, fleet: .paper, validityHours: 24, using: &generator)
        let told = Mutex<[Double]>([])
        let planner = Planner(PlanOptions(tradesPerHour: 50)) { progress in
            told.withLock { $0.append(progress.share) }
        }
        let half = try planner.plan(scenario, for: .least(.carbon, target: 0.5)).cost
        told.withLock { $0 = [] }
        _ = try planner.plan(scenario, for: .bestQuality(within: half, of: .carbon))
        let all = told.withLock { $0 }
        #expect(all.count > 3 && all.allSatisfy { (0...1).contains($0) })
        #expect(zip(all, all.dropFirst()).allSatisfy { $0 <= $1 })
    }

    /// Long horizons go another way, through a network: both ways find the same bound.
    @Test func networkAndProgramAgree() throws {
        var generator = SeededGenerator(seed: 5)
        for validityHours in [1, 6, 24, 100] {
            let scenario = try Scenario.rhythm(
                hours: 200,
                demand: 2e5,
                fleet: .measured,
                validityHours: validityHours,
                using: &generator
            )
            let model = try PackedScenario(scenario, for: .carbon, isRelaxed: false).model(target: 0.5)
            let program = try MasterSolver().solve(model, within: .none, unless: { false })
            let network = try MasterNetwork(model).solve(unless: { false })
            let (first, second) = (model.bound(prices: program.prices), model.bound(prices: network.prices))
            #expect(abs(first - second) < 1e-6 * first)
        }
    }

    /// The price of an hour's quality is what more of it costs: prices are slopes of the bound over the target.
    @Test func pricesAreSlopesOfTheBound() throws {
        var generator = SeededGenerator(seed: 6)
        let scenario = try Scenario.rhythm(
            hours: 48,
            demand: 2e5,
            fleet: .measured,
            validityHours: 24,
            using: &generator
        )
        let packed = try PackedScenario(scenario, for: .carbon, isRelaxed: false)
        let planner = Planner(PlanOptions(tradesPerHour: 0))
        let (low, high) = (try planner.solve(packed, target: 0.5), try planner.solve(packed, target: 0.5001))
        let slope = try packed.slope(low)
        #expect(abs((high.bound - low.bound) / 0.0001 - slope) < 0.01 * slope)
    }

    @Test func sameSeedSamePlan() throws {
        var generator = SeededGenerator(seed: 7)
        let scenario = try Scenario.rhythm(
            hours: 72,
            demand: 2e5,
            fleet: .measured,
            validityHours: 24,
            using: &generator
        )
        let plans = try (0..<2).map { _ in
            try Planner(PlanOptions(tradesPerHour: 50, seed: 3)).plan(scenario, for: .least(.carbon, target: 0.5))
        }
        #expect(plans[0].allocations == plans[1].allocations && plans[0].machines == plans[1].machines)
    }

    /// A plan that is good enough is not searched for a better one; without time for it neither.
    @Test func searchesEndAtTheirGapAndTime() throws {
        var generator = SeededGenerator(seed: 9)
        let scenario = try Scenario.rhythm(
            hours: 48,
            demand: 2e5,
            fleet: .measured,
            validityHours: 24,
            using: &generator
        )
        let goal = PlanGoal.least(.carbon, target: 0.5)
        let model = try PackedScenario(scenario, for: .carbon, isRelaxed: false).model(target: 0.5)
        let outcome = try MasterSolver().solve(model, within: .none, unless: { false })
        var rounded = Assignment(model, rounding: outcome.qualities)
        let bound = model.bound(prices: outcome.prices)
        let late = Improvement(tradesPerHour: 700, seed: 0, bound: 0, gap: 0, prices: outcome.prices, end: .now)
        late.improve(&rounded, progress: { _, _ in Issue.record("there was no time") }, unless: { false })
        let gap = (rounded.cost - bound) / bound
        let best = try Planner(PlanOptions()).plan(scenario, for: goal)
        let enough = try Planner(PlanOptions(gap: gap * (1 + 1e-9))).plan(scenario, for: goal)
        #expect(best.cost < rounded.cost && abs(enough.cost - rounded.cost) < 1e-9 * rounded.cost)
        let between = (best.gap + gap) / 2
        let looks = Mutex(0)
        let near = try Planner(PlanOptions(gap: between)) { _ in looks.withLock { $0 += 1 } }.plan(scenario, for: goal)
        #expect(near.gap <= between && near.cost >= best.cost && near.bound == best.bound)
        // Of all that it could have tried it has tried a part: it is told of every 256 looks.
        let whole = Mutex(0)
        _ = try Planner(PlanOptions()) { _ in whole.withLock { $0 += 1 } }.plan(scenario, for: goal)
        #expect(looks.withLock { $0 } < whole.withLock { $0 } / 2)
        // The reference ends as soon as its own bound is that near, as a share of what it has found.
        let loose = try ReferencePlanner(PlanOptions(secondsMax: 60, gap: 0.2)).plan(scenario, for: goal)
        #expect(loose.cost - loose.bound <= 0.2 * loose.cost && loose.effort.remark == nil)
        #expect(loose.cost > best.bound)
    }

    /// What is told of a search never gets worse, and ends with it; who hears of it can end it.
    @Test func progressIsToldAndCanEndTheSearch() throws {
        var generator = SeededGenerator(seed: 10)
        let scenario = try Scenario.rhythm(
            hours: 48,
            demand: 2e5,
            fleet: .measured,
            validityHours: 24,
            using: &generator
        )
        let goal = PlanGoal.least(.carbon, target: 0.5)
        let told = Mutex<[PlanProgress]>([])
        let plan = try Planner(PlanOptions()) { progress in told.withLock { $0.append(progress) } }
            .plan(scenario, for: goal)
        let all = told.withLock { $0 }
        #expect(all.count > 10 && all.allSatisfy { (0...1).contains($0.share) && $0.bound == plan.bound })
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.share <= $1.share })
        #expect(all.allSatisfy { $0.cost ?? 0 >= plan.cost * (1 - 1e-12) })
        let isEnough = Mutex(false)
        let planner = Planner(PlanOptions()) { progress in
            if progress.share > 0.5 { isEnough.withLock { $0 = true } }
        } unless: {
            isEnough.withLock { $0 }
        }
        #expect(throws: PlanningError.cancelled) { try planner.plan(scenario, for: goal) }
    }

    @Test func planningCanBeCancelled() throws {
        var generator = SeededGenerator(seed: 8)
        let scenario = try Scenario.rhythm(
            hours: 600,
            demand: 2e5,
            fleet: .measured,
            validityHours: 24,
            using: &generator
        )
        #expect(throws: PlanningError.cancelled) {
            _ = try Planner(PlanOptions(), unless: { true }).plan(scenario, for: .least(.carbon, target: 0.5))
        }
    }
}
