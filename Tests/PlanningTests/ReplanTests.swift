import Domain
import Testing

@testable import Planning

/// What a gateway does every hour: a horizon of forecasts, windows that reach back to what was served, shares out.
@Suite struct ReplanTests {
    private static let tiers = [
        PlanTier(name: "small", quality: 0.3, purchase: .init(joules: 40, nanodollars: 60_000)),
        PlanTier(name: "medium", quality: 0.7, purchase: .init(joules: 300, nanodollars: 400_000)),
        PlanTier(name: "large", quality: 0.95, purchase: .init(joules: 1100, nanodollars: 2_500_000)),
    ]
    private static let groups = [
        UserGroup(name: "standard", weight: 0.7, qualityLow: 0.3, qualityHigh: 0.95),
        UserGroup(name: "batch", weight: 0.2, qualityLow: 0.3, qualityHigh: 0.7),
        UserGroup(name: "priority", weight: 0.1, qualityLow: 0.95, qualityHigh: 0.95),
    ]

    /// A week ahead and a day back, in which everything was served at `pastQuality`; nobody asks in the tenth hour.
    private func scenario(pastQuality: Double, hours: Int = 168) throws -> Scenario {
        let day = (0..<24).map { 500 + 20 * Double($0 * (24 - $0)) }
        let demand = (0..<hours).flatMap { hour in
            Self.groups.map { hour == 10 ? 0 : $0.weight * day[hour % 24] }
        }
        let past = day.flatMap { total in Self.groups.map { $0.weight * total } }
        return try Scenario(
            demand: demand,
            intensity: (0..<hours).map { 200 + Double(($0 * 37) % 300) },
            groups: Self.groups,
            fleet: PlanFleet(tiers: Self.tiers, machines: []),
            validityHours: 24,
            past: Scenario.Past(demand: past, quality: past.map { $0 * pastQuality }),
            ending: .insidePart
        )
    }

    @Test(arguments: [PlanMetric.carbon, .money], [0.35, 0.6, 0.9])
    func boughtTiersArePlannedToTheirBound(metric: PlanMetric, pastQuality: Double) throws {
        let scenario = try scenario(pastQuality: pastQuality)
        let plan = try Planner(PlanOptions()).plan(scenario, for: .least(metric, target: 0.5))
        let verification = PlanVerification(plan, of: scenario, isRelaxed: false)
        #expect(verification.violations.isEmpty, "\(verification.violations)")
        #expect(plan.gap < 1e-6, "\(plan.gap)")
    }

    /// Shares are defined in every hour, and add up; priority has the best tier in each.
    @Test func sharesAreNeverUndefined() throws {
        let plan = try Planner(PlanOptions()).plan(try scenario(pastQuality: 0.6), for: .least(.carbon, target: 0.5))
        for hour in 0..<plan.hourCount {
            for group in Self.groups.indices {
                let shares = plan.shares(hour: hour, group: group)
                #expect(shares.allSatisfy { (0...1).contains($0) } && abs(shares.reduce(0, +) - 1) < 1e-9)
            }
            #expect(plan.shares(hour: hour, group: 2) == [0, 0, 1])
        }
        #expect(plan.shares(hour: 10, group: 0) == [0, 0, 1])
    }

    /// A spoiled past costs quality now; a good one lets the first hours rest.
    @Test func thePastDecidesTheNextHours() throws {
        let first = try [0.35, 0.9].map { past in
            let plan = try Planner(PlanOptions()).plan(
                try scenario(pastQuality: past),
                for: .least(.carbon, target: 0.5)
            )
            return zip(plan.shares(hour: 0, group: 0), Self.tiers).reduce(0) { $0 + $1.0 * $1.1.quality }
        }
        #expect(first[0] > first[1] + 0.1)
    }

    /// The price of quality in an hour lies between what the tiers on both sides of its share cost by the unit of it.
    @Test func pricesAreThoseOfTheTiersInUse() throws {
        let scenario = try scenario(pastQuality: 0.6)
        let plan = try Planner(PlanOptions()).plan(scenario, for: .least(.money, target: 0.5))
        let slopes = zip(Self.tiers, Self.tiers.dropFirst()).map { low, high in
            ((high.purchase?.dollars ?? 0) - (low.purchase?.dollars ?? 0)) / (high.quality - low.quality)
        }
        for hour in 0..<plan.hourCount where hour != 10 {
            let (shares, price) = (plan.shares(hour: hour, group: 0), plan.qualityPrice(hour: hour, group: 0))
            if shares[2] > 1e-6 { #expect(price >= slopes[1] * (1 - 1e-6)) }
            if shares[0] > 1e-6 { #expect(price <= slopes[0] * (1 + 1e-6)) }
        }
    }

    /// A tier on a grid that is clean while the others' is not is served in those hours; only carbon looks at grids.
    @Test func tiersAreServedWhileTheirOwnGridIsClean() throws {
        let abroad = (0..<48).map { $0 % 24 < 12 ? 20.0 : 900 }
        let plan = try steady([2: abroad], .carbon)
        for hour in 0..<48 { #expect((plan.shares(hour: hour, group: 0)[2] > 0.99) == (hour % 24 < 12)) }
        #expect(try steady([2: abroad], .money).cost == steady([:], .money).cost)
    }

    /// The verified plan of two days that are all alike but for the grids of some tiers.
    private func steady(_ grids: [Int: [Double]], _ metric: PlanMetric) throws -> Plan {
        let scenario = try Scenario(
            totalDemand: Array(repeating: 1000, count: 48),
            intensity: Array(repeating: 300, count: 48),
            tierIntensity: grids,
            groups: UserGroup.mix(premiumShare: 0, tiers: Self.tiers),
            fleet: PlanFleet(tiers: Self.tiers, machines: []),
            validityHours: 24
        )
        let plan = try Planner(PlanOptions()).plan(scenario, for: .least(metric, target: 0.5))
        let verification = PlanVerification(plan, of: scenario, isRelaxed: false)
        #expect(verification.violations.isEmpty, "\(verification.violations)")
        #expect(plan.gap < 1e-6)
        return plan
    }

    /// A budget of the days to come buys what it can, given the past.
    @Test func budgetsAreSpentFromNowOn() throws {
        let scenario = try scenario(pastQuality: 0.6)
        let planner = Planner(PlanOptions())
        let cost = try planner.plan(scenario, for: .least(.money, target: 0.5)).cost
        let plan = try planner.plan(scenario, for: .bestQuality(within: cost, of: .money))
        #expect(abs(plan.target - 0.5) < 1e-3 && plan.cost <= cost)
        #expect(PlanVerification(plan, of: scenario, isRelaxed: false).violations.isEmpty)
    }

    /// A night that is dear beside a day that is cheap, and half of the day's requests may not come.
    @Test func whatMayNotComeIsNotCountedOnToMend() throws {
        let tiers = [
            PlanTier(name: "low", quality: 0, purchase: .init(joules: 0, nanodollars: 0)),
            PlanTier(name: "high", quality: 1, purchase: .init(joules: 3.6e6, nanodollars: 1)),
        ]
        let group = UserGroup(name: "all", weight: 1, qualityLow: 0, qualityHigh: 1)
        func plan(floor: [Double], past: Double) throws -> (Plan, [String]) {
            let scenario = try Scenario(
                demand: [100, 100],
                demandFloor: floor,
                intensity: [300, 100],
                groups: [group],
                fleet: PlanFleet(tiers: tiers, machines: []),
                validityHours: 3,
                past: Scenario.Past(demand: [100], quality: [past])
            )
            let plan = try Planner(PlanOptions()).plan(scenario, for: .least(.carbon, target: 0.5))
            return (plan, PlanVerification(plan, of: scenario, isRelaxed: false).violations)
        }
        // 150 of 300 are needed: 50 had, and the clean hour gives 100 if all of it comes.
        let (sure, none) = try plan(floor: [], past: 50)
        #expect(sure.shares(hour: 0, group: 0)[1] < 1e-9 && none.isEmpty)
        // Of the clean hour's upper half only 60 in 100 are counted on: it gives 80, and the rest comes now.
        let (unsure, kept) = try plan(floor: [100, 60], past: 50)
        #expect(abs(unsure.shares(hour: 0, group: 0)[1] - 0.2) < 1e-9 && kept.isEmpty, "\(kept)")
        // A past that can't be mended gets all of what is sure.
        let (spoiled, mended) = try plan(floor: [100, 60], past: 0)
        #expect(spoiled.shares(hour: 0, group: 0)[1] > 0.7 - 1e-9 && mended.isEmpty, "\(mended)")
        #expect(throws: ScenarioError.self) {
            try Scenario(
                demand: [1],
                demandFloor: [1, 2],
                intensity: [1],
                groups: [group],
                fleet: PlanFleet(tiers: tiers, machines: []),
                validityHours: 1
            )
        }
    }

    @Test func joulesAndNanodollarsAreKilowattHoursAndDollars() {
        let purchase = PlanTier.Purchase(joules: 3.6e6, embodiedGrams: 2, nanodollars: 5e8)
        #expect(purchase == PlanTier.Purchase(kilowattHours: 1, embodiedGrams: 2, dollars: 0.5))
    }
}
