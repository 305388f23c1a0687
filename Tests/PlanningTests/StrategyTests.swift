import Domain
import Synchronization
import Testing

@testable import Planning

@Suite struct StrategyTests {
    private let scenario: Scenario
    private let planner = Planner(PlanOptions(tradesPerHour: 100))
    private let goal = PlanGoal.least(.carbon, target: 0.5)

    init() throws {
        var generator = SeededGenerator(seed: 1)
        scenario = try .rhythm(hours: 120, using: &generator)
    }

    private func plan(_ strategy: PlanStrategy, for goal: PlanGoal? = nil) throws -> Plan {
        try planner.plan(scenario, for: goal ?? self.goal, by: strategy, outlook: TrueOutlook(scenario))
    }

    private func verified(_ plan: Plan) -> PlanVerification { PlanVerification(plan, of: scenario, isRelaxed: false) }

    /// Less knowledge costs more: the full plan is the cheapest, all at the best tier the dearest.
    @Test func strategiesCostWhatTheyKnow() throws {
        let full = try plan(.full)
        let online = try plan(.online(OnlineOptions(horizonHours: 96)))
        let constant = try plan(.constantMix)
        let best = try plan(.allBest)
        let lowest = try plan(.allLowest)
        for plan in [full, online, constant, best, lowest] { #expect(verified(plan).violations.isEmpty) }
        #expect(lowest.cost < full.cost)
        #expect(full.cost < online.cost && online.cost < constant.cost && constant.cost < best.cost)
        #expect(verified(online).quality >= 0.5 - 1e-6)
        #expect(verified(constant).quality >= 0.5)
        #expect(verified(best).quality == 1)
        #expect(abs(lowest.target - verified(lowest).quality) < 1e-9)
    }

    /// A budget is never exceeded, but for hours that can't do with less; weights help.
    @Test(arguments: GreedyOptions.Mode.allCases)
    func greedySpendsNoMoreThanItHas(mode: GreedyOptions.Mode) throws {
        let budget = try plan(.full).cost
        let greedy = try plan(.greedy(GreedyOptions(mode: mode)), for: .bestQuality(within: budget, of: .carbon))
        #expect(verified(greedy).violations.isEmpty)
        #expect(greedy.cost <= budget && greedy.cost > 0.9 * budget)
        // Hours apart can't keep windows: the same money buys less quality.
        #expect(greedy.target < 0.5)
    }

    /// Hour by hour each hour is told of, and planning can be ended after any.
    @Test func onlineTellsEveryHourAndCanBeCancelled() throws {
        let told = Mutex<[Double]>([])
        let planner = Planner(PlanOptions()) { progress in
            told.withLock { $0.append(progress.share * 120) }
        } unless: {
            told.withLock { $0.count } >= 30
        }
        #expect(throws: PlanningError.cancelled) {
            try planner.plan(
                scenario,
                for: goal,
                by: .online(OnlineOptions(horizonHours: 24)),
                outlook: TrueOutlook(scenario)
            )
        }
        #expect(told.withLock { $0.map { $0.rounded() } } == (1...30).map(Double.init))
    }

    @Test func strategiesRefuseTheOthersGoals() throws {
        #expect(throws: PlanningError.self) { try plan(.greedy(GreedyOptions())) }
        #expect(throws: PlanningError.self) {
            try plan(.constantMix, for: .bestQuality(within: 1e9, of: .carbon))
        }
        #expect(throws: PlanningError.self) { try plan(.online(OnlineOptions(horizonHours: 0))) }
    }

    /// Knowing a few days ahead is nearly as good as knowing all, though windows reach beyond what is known.
    @Test func fewDaysAheadKeepMostOfTheSaving() throws {
        let kept = try (10..<12 as Range<UInt64>).map { seed in
            var generator = SeededGenerator(seed: seed)
            let scenario = try Scenario.rhythm(hours: 168, using: &generator)
            let outlook = TrueOutlook(scenario)
            let ahead = PlanStrategy.online(OnlineOptions(horizonHours: 48))
            let online = try planner.plan(scenario, for: goal, by: ahead, outlook: outlook)
            let verification = PlanVerification(online, of: scenario, isRelaxed: false)
            #expect(verification.violations.isEmpty, "\(verification.violations)")
            #expect(verification.quality >= 0.5 - 1e-6)
            let mix = try planner.plan(scenario, for: goal, by: .constantMix, outlook: outlook)
            // No plan saves more than the bound.
            let bound = try Planner(PlanOptions(gap: 1)).plan(scenario, for: goal).bound
            return (mix.cost - online.cost) / (mix.cost - bound)
        }
        let mean = kept.reduce(0, +) / Double(kept.count)
        // 0.953 if the first hour alone is looked at, not what follows in whole machines; 0.935 without the repeated days.
        #expect(mean > 0.966, "\(kept)")
    }

    /// Forecasts that are often a third too high break windows that count on them, until that is known of them.
    @Test func whatOftenFailsToComeIsNotCountedOn() throws {
        let wrong = UnsteadyOutlook(scenario: scenario)
        let online = try planner.plan(
            scenario,
            for: goal,
            by: .online(OnlineOptions(horizonHours: 48, refreshHours: 6)),
            outlook: wrong
        )
        let qualities = verified(online).windowQualities
        // Windows of the first day are those from which it is learnt.
        #expect(qualities.dropFirst(24).allSatisfy { $0 >= 0.5 - 1e-6 }, "\(qualities)")
    }

    /// However often outlooks are renewed, what they often foresee too much of is learnt: a third, in one hour of three.
    @Test(arguments: [1, 6, 30])
    func learnsHoweverOftenOutlooksAreRenewed(refreshHours: Int) throws {
        let packed = try PackedScenario(scenario, for: .carbon, isRelaxed: false)
        var ahead = HoursAhead(packed, options: OnlineOptions(horizonHours: 48, refreshHours: refreshHours))
        for hour in 0..<32 { _ = ahead.arrive(at: hour, UnsteadyOutlook(scenario: scenario)) }
        let next = try ahead.scenario(from: 31, ahead.places(after: 31), past: .init(demand: [], quality: []))
        #expect(next.demandFloor[0] == next.demand[0])
        #expect(abs(next.demandFloor[1] / next.demand[1] - 2.0 / 3) < 1e-9)
        #expect(!ahead.isCertain)
        var certain = HoursAhead(packed, options: OnlineOptions(horizonHours: 48, refreshHours: refreshHours))
        for hour in 0..<32 { _ = certain.arrive(at: hour, TrueOutlook(scenario)) }
        #expect(certain.isCertain)
    }

    /// Of outlooks that end before the next day does, there is less to learn from, and nothing to trip over.
    @Test(arguments: [(1, 1), (4, 3), (2, 30)])
    func looksAsFarAsItIsTold(horizonHours: Int, refreshHours: Int) throws {
        let options = OnlineOptions(horizonHours: horizonHours, refreshHours: refreshHours)
        let wrong = UnsteadyOutlook(scenario: scenario)
        let online = try planner.plan(scenario, for: goal, by: .online(options), outlook: wrong)
        #expect(verified(online).windowQualities.count == scenario.hourCount - 23)
    }

    /// An outlook that expects a tenth of what comes, or numbers that are none, spoils windows; they are repaired.
    @Test(arguments: [0.1, .nan])
    func repairsWhatSurprisesSpoil(factor: Double) throws {
        let wrong = WrongOutlook(scenario: scenario, factor: factor)
        let online = try planner.plan(
            scenario,
            for: goal,
            by: .online(OnlineOptions(horizonHours: 48)),
            outlook: wrong
        )
        let verification = verified(online)
        // What was served is a plan for what it reached; only the promise may be broken, and not for long.
        let broken = verification.windowQualities.count { $0 < 0.5 - 1e-6 }
        #expect(broken < verification.windowQualities.count / 4)
        #expect(verification.windowQualities.last ?? 0 >= 0.4)
        #expect(verification.quality > 0.3)
    }

    /// An hour in which nobody asks breaks windows that counted on it, unless they are insured.
    @Test func insuranceKeepsWindowsWholeInAnOutage() throws {
        var demand = scenario.demand
        demand[60] = 0
        let spoilt = try Scenario(
            totalDemand: demand,
            intensity: scenario.intensity,
            groups: scenario.groups,
            fleet: scenario.fleet,
            validityHours: 24
        )
        // Nobody foresees it.
        let outlook = TrueOutlook(scenario)
        let worst = try [nil, 1].map { hours in
            let options = OnlineOptions(horizonHours: 48, insuredHours: hours)
            let plan = try planner.plan(spoilt, for: goal, by: .online(options), outlook: outlook)
            return PlanVerification(plan, of: spoilt, isRelaxed: false).quality
        }
        #expect(worst[0] < 0.5 - 1e-4 && worst[1] >= 0.5 - 1e-6, "\(worst)")
    }

    /// Long windows are insured by themselves: each is asked for without its last hours, too, if those are to come.
    @Test func insuredWindowsKeepTheirPromiseWithoutTheirLastHours() throws {
        #expect([24, 72, 168].map { OnlineOptions().insuredHours(validity: $0) } == [0, 1, 2])
        #expect(OnlineOptions(insuredHours: 3).insuredHours(validity: 24) == 3)
        let short = try Scenario(
            totalDemand: [1, 1, 1, 1],
            intensity: [1, 1, 1, 1],
            groups: scenario.groups,
            fleet: scenario.fleet,
            validityHours: 3
        )
        #expect(short.windows(insured: 2).map(\.hours) == [0..<1, 0..<3, 1..<2, 1..<4])
        #expect(short.windows(insured: 3).map(\.hours) == [0..<3, 1..<4])
    }

    /// A group that is always served at the best tier is so online, too; relaxed machines are planned hour by hour as well.
    @Test func onlineKeepsPremiumPromises() throws {
        var generator = SeededGenerator(seed: 2)
        let mixed = try Scenario.rhythm(
            hours: 60,
            demand: 1e5,
            fleet: .measured,
            groups: UserGroup.mix(premiumShare: 0.25, tiers: PlanFleet.measured.tiers),
            validityHours: 24,
            using: &generator
        )
        for isRelaxed in [false, true] {
            let planner = Planner(PlanOptions(isRelaxed: isRelaxed))
            let plan = try planner.plan(
                mixed,
                for: goal,
                by: .online(OnlineOptions(horizonHours: 48)),
                outlook: TrueOutlook(mixed)
            )
            let verification = PlanVerification(plan, of: mixed, isRelaxed: isRelaxed)
            #expect(verification.violations.isEmpty, "\(verification.violations)")
            #expect(verification.quality >= 0.5 - 1e-6)
        }
    }
}

/// An outlook that expects a multiple of what comes.
private struct WrongOutlook: PlanOutlook {
    let scenario: Scenario
    let factor: Double

    func expectation(at hour: Int, count: Int) -> (demand: [Double], intensity: [Double]) {
        let truth = TrueOutlook(scenario).expectation(at: hour, count: count)
        return (truth.demand.map { $0 * factor }, truth.intensity)
    }
}

/// An outlook in which every third hour is expected to be half as busy again as it will be.
private struct UnsteadyOutlook: PlanOutlook {
    let scenario: Scenario

    func expectation(at hour: Int, count: Int) -> (demand: [Double], intensity: [Double]) {
        let truth = TrueOutlook(scenario).expectation(at: hour, count: count)
        let demand = truth.demand.enumerated().map { (hour + $0).isMultiple(of: 3) ? 1.5 * $1 : $1 }
        return (demand, truth.intensity)
    }
}
