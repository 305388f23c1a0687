import Planning
import Testing

@Suite struct ScenarioTests {
    /// The windows of hours 0, 1, 2 of a year, five hours long: three, from 0, 1 and 2; there are none before the year.
    @Test func windowsStayWithinTheYear() {
        #expect(Window.touching(0..<3, length: 5, hourCount: 8760) == [0..<5, 1..<6, 2..<7])
        #expect(Window.touching(8757..<8760, length: 4, hourCount: 8760) == [8754..<8758, 8755..<8759, 8756..<8760])
    }

    /// Every range, length, and flag on a year of twelve hours, against looking at every beginning.
    @Test(arguments: 1...14, [(true, true), (true, false), (false, true), (false, false)])
    func windowsAreThoseThatTouchTheRange(length: Int, flags: (past: Bool, future: Bool)) {
        for first in 0..<12 {
            for end in first + 1...12 {
                let slow = (0..<12).map { $0..<$0 + length }.filter { window in
                    window.upperBound <= 12 && window.overlaps(first..<end)
                        && (flags.past || window.lowerBound >= first) && (flags.future || window.upperBound <= end)
                }
                let found = Window.touching(
                    first..<end,
                    length: length,
                    hourCount: 12,
                    past: flags.past,
                    future: flags.future
                )
                #expect(found == slow)
            }
        }
    }

    /// The original's machine: 1 kW with nothing to do, 3 kW at full load, a building that doubles it: 4 kW at half load.
    @Test func powerGrowsWithTheLoad() {
        let power = MachinePower(idleKilowatts: 1, loadKilowatts: 3)
        #expect(2 * power.kilowatts(utilisation: 0.5) == 4)
        #expect(power.kilowatts(utilisation: -1) == 1 && power.kilowatts(utilisation: 2) == 3)
        let bent = MachinePower(idleKilowatts: 1, loadKilowatts: 3, exponent: 2)
        #expect(bent.kilowatts(utilisation: 0.5) == 1.5)
    }

    @Test func premiumSharesAreGroups() {
        let groups = UserGroup.mix(premiumShare: 0.25, tiers: PlanFleet.fiveTiers.tiers)
        #expect(groups.map(\.weight) == [0.75, 0.25])
        #expect(groups[0].quality(for: 0.5) == 0.5)
        #expect(groups[1].quality(for: 0) == 1)
        #expect(UserGroup.mix(premiumShare: 1, tiers: PlanFleet.paper.tiers).map(\.name) == ["premium"])
    }

    private func scenario(
        demand: [Double] = [1, 2],
        intensity: [Double] = [100, 200],
        tierIntensity: [Int: [Double]] = [:],
        groups: [UserGroup] = UserGroup.mix(premiumShare: 0, tiers: PlanFleet.paper.tiers),
        fleet: PlanFleet = .paper,
        validityHours: Int = 1
    ) throws(ScenarioError) -> Scenario {
        try Scenario(
            demand: demand,
            intensity: intensity,
            tierIntensity: tierIntensity,
            groups: groups,
            fleet: fleet,
            validityHours: validityHours
        )
    }

    @Test func refusesWhatMakesNoSense() throws {
        #expect(throws: ScenarioError.noHours) { try scenario(demand: [], intensity: []) }
        #expect(throws: ScenarioError.lengthsDiffer(hours: 2, groups: 1, demand: 3)) {
            try scenario(demand: [1, 2, 3])
        }
        #expect(throws: ScenarioError.notANumber("demand", hour: 1, value: -2)) { try scenario(demand: [1, -2]) }
        #expect(throws: ScenarioError.notANumber("carbon intensity", hour: 0, value: .infinity)) {
            try scenario(intensity: [.infinity, 1])
        }
        #expect(throws: ScenarioError.self) { try scenario(intensity: [.nan, 1]) }
        #expect(throws: ScenarioError.tierIntensity(tier: 2, hours: 2, expected: 2)) {
            try scenario(tierIntensity: [2: [1, 1]])
        }
        #expect(throws: ScenarioError.tierIntensity(tier: 1, hours: 1, expected: 2)) {
            try scenario(tierIntensity: [1: [1]])
        }
        #expect(throws: ScenarioError.notANumber("carbon intensity of the tier low", hour: 1, value: -1)) {
            try scenario(tierIntensity: [0: [1, -1]])
        }
        #expect(throws: ScenarioError.validity(0)) { try scenario(validityHours: 0) }
        #expect(throws: ScenarioError.self) { try scenario(groups: []) }
        let half = [UserGroup(name: "half", weight: 0.5, qualityLow: 0, qualityHigh: 1)]
        #expect(throws: ScenarioError.self) { try scenario(groups: half) }
        let above = [UserGroup(name: "above", weight: 1, qualityLow: 0, qualityHigh: 1.1)]
        #expect(throws: ScenarioError.self) { try scenario(groups: above) }
        var fleet = PlanFleet.paper
        fleet.tiers[1].quality = 0
        #expect(throws: ScenarioError.self) { try scenario(fleet: fleet) }
        fleet = .paper
        fleet.machines[0].requestsPerHour[1] = 0
        #expect(throws: ScenarioError.fleet("no machine serves the tier high, nor can it be bought")) {
            try scenario(fleet: fleet)
        }
        fleet = .paper
        fleet.powerUsageEffectiveness = 0.9
        #expect(throws: ScenarioError.self) { try scenario(fleet: fleet) }
        // What is just right is taken.
        #expect(try scenario(validityHours: 9).validityHours == 2)
    }

    /// Limited machines: an hour that they can't serve is named, and a target that they can't reach with the best they can.
    @Test func saysWhatLimitedMachinesCanReach() throws {
        var fleet = PlanFleet.paper
        fleet.machines[0].countMax = 2
        #expect(throws: ScenarioError.capacity(hour: 1, demand: 1e5, capacity: 83_420)) {
            try scenario(demand: [1, 1e5], fleet: fleet)
        }
        let tight = try scenario(demand: [5e4, 5e4], fleet: fleet)
        let planner = Planner(PlanOptions())
        // One machine of each tier: 18,176 of 50,000 are served well.
        let plan = try planner.plan(tight, for: .least(.carbon, target: 0.36))
        #expect(PlanVerification(plan, of: tight, isRelaxed: false).violations.isEmpty)
        do {
            _ = try planner.plan(tight, for: .least(.carbon, target: 0.5))
            Issue.record("a target out of reach was planned")
        } catch PlanningError.scenario(.targetOutOfReach(_, let best)) {
            #expect(abs(best - 18_176.0 / 50_000) < 1e-9)
        }
        #expect(throws: PlanningError.scenario(.goal(1.5))) {
            try planner.plan(tight, for: .least(.carbon, target: 1.5))
        }
        #expect(throws: PlanningError.scenario(.goal(-1))) {
            try planner.plan(tight, for: .bestQuality(within: -1, of: .carbon))
        }
    }

    /// Hours without a request need nothing, a day of them too.
    @Test func plansHoursWithoutRequests() throws {
        let quiet = try scenario(demand: [0, 0], validityHours: 2)
        let plan = try Planner(PlanOptions()).plan(quiet, for: .least(.carbon, target: 1))
        #expect(plan.cost == 0 && plan.bound == 0 && plan.gap == 0)
        #expect(PlanVerification(plan, of: quiet, isRelaxed: false).violations.isEmpty)
    }
}
