import Configuration
import Domain
import Ledger
import Planning
import Routing
import Testing

@testable import Gateway

@Suite struct PlannedFleetTests {
    private let models = [
        entry("a", "tier: light, quality: 0.2"), entry("b", "tier: light, quality: 0.4"),
        entry("c", "tier: heavy, quality: 0.9"), entry("d", "tier: medium, quality: 0.6"),
    ]

    @Test func tiersRiseByTheMeanQualityOfTheirModels() throws {
        let fleet = try #require(try Policy.test(models).plannedFleet)
        #expect(fleet.tiers == [.light, .medium, .heavy])
        #expect(zip(fleet.rungs.map(\.quality), [0.3, 0.6, 0.9]).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(fleet.rung(ofModel: 1) == 0 && fleet.rung(ofModel: 3) == 1)
        let declared = try Policy.test(models, settings: "planner: { tiers: [{ id: light, quality: 0.7 }] }")
        #expect(declared.plannedFleet?.tiers == [.medium, .light, .heavy])
    }

    @Test func oneTierOrOneQualityIsNothingToPlan() throws {
        #expect(try Policy.test([models[0], models[1]]).plannedFleet == nil)
        let alike = [entry("a", "tier: light, quality: 0.5"), entry("b", "tier: heavy, quality: 0.5")]
        #expect(try Policy.test(alike).plannedFleet == nil)
        let embedder = entry("e", "tier: medium, quality: 0.9, endpoints: [embeddings]")
        #expect(try Policy.test([models[0], embedder]).plannedFleet == nil)
        #expect(try Policy.test(models, settings: "planner: { mode: off }").plannedFleet == nil)
    }

    /// Tiers count 0.1 and 0.9 where models score 0.3 and 0.9: a unit of the plan's is 0.75 of theirs.
    @Test(arguments: [
        ("carbon", UtilityWorth(perGram: 1.5)), ("energy", UtilityWorth(perGram: 0.005)),
        ("money", UtilityWorth(perDollar: 1.5)),
    ])
    func thePlansShadowPriceIsWhatQualityIsWorth(metric: String, expected: UtilityWorth) throws {
        let tiers = "tiers: [{ id: light, quality: 0.1 }]"
        let policy = try Policy.test(models, settings: "planner: { metric: \(metric), \(tiers) }")
        let fleet = try #require(policy.plannedFleet)
        func worth(_ price: Double) -> UtilityWorth? {
            let placement = QuotaControl.Placement(
                group: "default",
                plan: 1,
                gain: 0,
                shares: [1, 0, 0],
                price: price,
                intensity: 300,
                tiers: fleet.tiers,
                rung: 0
            )
            return policy.worth(at: placement, in: fleet)
        }
        let found = try #require(worth(0.5))
        #expect(abs(found.perGram - expected.perGram) < 1e-9)
        #expect(abs((found.perDollar ?? 0) - (expected.perDollar ?? 0)) < 1e-9)
        #expect(worth(0) == nil)
    }

    @Test func theFirstGroupThatFitsHasTheRequest() throws {
        let settings = """
            planner:
              groups:
              - { id: urgent, priority_min: 5, exempt: true }
              - { id: blue, scope: tag, of: team=blue, quality_low: 0.5 }
            """
        let fleet = try #require(try Policy.test(models, settings: settings).plannedFleet)
        func group(_ tags: [String], _ priority: Int) -> String {
            let payer = Payer(organisation: .anonymous, team: nil, key: nil)
            return fleet.groups[fleet.group(of: payer, tags: tags, priority: priority)].id
        }
        #expect(group(["team=blue"], 7) == "urgent")
        #expect(group(["team=blue"], 4) == "blue")
        #expect(group(["team=red"], 0) == "default")
        #expect(fleet.groups.map(\.qualityLow) == [0.9, 0.5, 0.3].map { $0 == 0.3 ? fleet.rungs[0].quality : $0 })
        #expect(fleet.groups[0].isExempt && fleet.groups[0].qualityLow == fleet.groups[0].qualityHigh)
    }

    @Test func whoIsUnderAScope() {
        let payer = Payer(organisation: TenantID(rawValue: "o"), team: TeamID(rawValue: "t"), key: KeyID(rawValue: "k"))
        let covering: [Budget.Scope] = [
            .everyone, .organisation(TenantID(rawValue: "o")), .team(TeamID(rawValue: "t")), .key(KeyID(rawValue: "k")),
            .tag("x=1"),
        ]
        #expect(covering.allSatisfy { $0.covers(payer, tags: ["x=1"]) })
        let others: [Budget.Scope] = [
            .organisation(TenantID(rawValue: "p")), .team(TeamID(rawValue: "u")), .key(KeyID(rawValue: "l")),
            .tag("x=2"), .model(ModelID("a")),
        ]
        #expect(!others.contains { $0.covers(payer, tags: ["x=1"]) })
    }

    /// What mixtures are taken apart to is what they were made of, and they cost a little less, ever more a step.
    @Test(arguments: 2...8)
    func mixturesAreOfTheirNeighbours(rungCount: Int) {
        let ladder = PlanLadder(rungCount: rungCount)
        let rungs = (0..<rungCount).map {
            PlannedFleet.Rung(tier: Tier(rawValue: "t\($0)"), quality: Double($0) / 8, score: 0, models: [$0])
        }
        let rates = (0..<rungCount).map { TierRate(kilowattHours: [Double($0 + 1)], dollars: Double(2 * $0 + 1)) }
        let fleet = ladder.fleet(rungs, rates)
        #expect(fleet.tiers.count <= 8 && fleet.tiers.count >= rungCount)
        for (place, tier) in fleet.tiers.enumerated() {
            let shares = ladder.shares(fleet.tiers.indices.map { $0 == place ? 1 : 0 })
            #expect(abs(shares.reduce(0, +) - 1) < 1e-12)
            let quality = zip(shares, rungs).reduce(0) { $0 + $1.0 * $1.1.quality }
            #expect(abs(quality - tier.quality) < 1e-12)
            let cost = zip(shares, rates).reduce(0) { $0 + $1.0 * $1.1.energy }
            let counted = tier.purchase?.kilowattHours ?? 0
            #expect(counted <= cost + 1e-12 && counted >= cost - 0.0051)
        }
        let rises = zip(fleet.tiers, fleet.tiers.dropFirst()).map { low, high in
            ((high.purchase?.kilowattHours ?? 0) - (low.purchase?.kilowattHours ?? 0)) / (high.quality - low.quality)
        }
        if rungCount == 2 { #expect(zip(rises, rises.dropFirst()).allSatisfy { $0 < $1 }) }
    }

    /// The lower tier takes 1 kWh from the first grid, the upper one 3 from the second.
    @Test func mixturesEmitWhatTheirGridsDo() throws {
        let ladder = PlanLadder(rungCount: 2)
        let rates = [TierRate(kilowattHours: [1, 0]), TierRate(kilowattHours: [0, 3])]
        #expect(ladder.intensity(rates, on: [[100, 200]]).isEmpty)
        let intensity = ladder.intensity(rates, on: [[100, 200], [500, 20]])
        #expect(intensity[0] == [100, 200])
        for (step, values) in intensity {
            let shares = ladder.shares((0..<8).map { $0 == step ? 1 : 0 })
            let (low, high) = (shares[0], 3 * shares[1])
            #expect(abs(values[0] - (100 * low + 500 * high) / (low + high)) < 1e-9)
            #expect(abs(values[1] - (200 * low + 20 * high) / (low + high)) < 1e-9)
        }
        #expect(intensity.count == 8)
    }

    /// The lowest tier gets nine in ten of the short questions, the best one nine in ten of the long ones.
    @Test func tiersAreComparedByTheSameRequests() throws {
        let policy = try Policy.test(models)
        let fleet = try #require(policy.plannedFleet)
        let grids = PlannedGrids(policy.settings.planner, fleet, policy)
        func row(_ model: String, _ kind: Capability, _ requests: Int, wattHours: Double) -> DemandRow {
            let energy = Double(requests) * wattHours / 1000
            return DemandRow(
                hour: 0,
                group: "default",
                capability: kind,
                model: ModelID(model),
                requests: requests,
                kilowattHours: energy
            )
        }
        let count = 1_000_000
        let rates = policy.rates(
            of: fleet,
            on: grids,
            seen: [
                row("a", .simpleQA, 9 * count, wattHours: 1), row("b", .analysis, count, wattHours: 10),
                row("c", .simpleQA, count, wattHours: 3), row("c", .analysis, 9 * count, wattHours: 30),
            ]
        )
        // Half of all requests are of each kind.
        #expect(abs(rates[0].energy * 1000 - 5.5) < 0.01)
        #expect(abs(rates[2].energy * 1000 - 16.5) < 0.01)
        #expect(rates[0].requests == Double(10 * count))
        // Nothing was seen of the middle tier, and nothing of any in the beginning: its figures.
        let none = policy.rates(of: fleet, on: grids, seen: [])
        #expect(abs(rates[1].energy - none[1].energy) < 1e-12 && none.allSatisfy { $0.energy > 0 })
    }
}
