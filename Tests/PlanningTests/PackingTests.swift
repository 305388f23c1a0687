import Domain
import Testing

@testable import Planning

@Suite struct PackingTests {
    /// The curve of an hour is what trying every number of machines finds, point by point.
    @Test(arguments: 0..<400 as Range<UInt64>)
    func findsWhatTryingEveryChoiceFinds(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let scenario = try Scenario.tiny(using: &generator, hours: 2, isLimited: seed.isMultiple(of: 3))
        let rates = PlanMetric.carbon.rates(of: scenario)
        let packer = HourPacker(
            scenario.fleet,
            for: .carbon,
            demandMax: max(scenario.totalDemand(0), scenario.totalDemand(1)),
            lowest: pointwiseMin(rates[0], rates[1]),
            highest: pointwiseMax(rates[0], rates[1]),
            statesMax: 10_000
        )
        for hour in 0..<2 {
            let slow = BruteForce(hour: hour, of: scenario).points
            let curve = packer.curve(demand: scenario.totalDemand(hour), premium: 0, rates: rates[hour])
            guard let curve else {
                #expect(slow.isEmpty)
                continue
            }
            try #require(curve.qualities.count == slow.count)
            for (place, point) in slow.enumerated() {
                #expect(abs(curve.qualities[place] - point.quality) < 1e-9)
                #expect(abs(curve.costs[place] - point.cost) < 1e-6)
            }
        }
    }

    /// A premium request is served at the best tier, whatever that costs.
    @Test func premiumRequestsGetTheBestTier() throws {
        let packer = HourPacker(
            .measured,
            for: .carbon,
            demandMax: 1e5,
            lowest: EnergyRates(repeating: 100),
            highest: EnergyRates(repeating: 100),
            statesMax: 10_000
        )
        let curve = try #require(packer.curve(demand: 1e5, premium: 4e4, rates: EnergyRates(repeating: 100)))
        for point in curve.qualities.indices {
            let served = packer.allocation(
                curve.packings[point],
                quality: curve.qualities[point],
                demand: 1e5,
                premium: 4e4,
                rates: EnergyRates(repeating: 100)
            )
            #expect(served[2] >= 4e4)
            #expect(abs(served.reduce(0, +) - 1e5) < 1e-3)
        }
    }

    /// The hull is convex, below every point, and touches the cheapest and the best.
    @Test(arguments: [PlanFleet.paper, .measured, .fiveTiers])
    func hullsAreBelowEveryPoint(fleet: PlanFleet) throws {
        let packer = HourPacker(
            fleet,
            for: .carbon,
            demandMax: 3e5,
            lowest: EnergyRates(repeating: 50),
            highest: EnergyRates(repeating: 400),
            statesMax: 20_000
        )
        for rate in [50.0, 170, 400] {
            let curve = try #require(packer.curve(demand: 3e5, premium: 0, rates: EnergyRates(repeating: rate)))
            let slopes = zip(
                zip(curve.hullCosts.dropFirst(), curve.hullCosts),
                zip(curve.hullQualities.dropFirst(), curve.hullQualities)
            )
            .map { ($0.0 - $0.1) / ($1.0 - $1.1) }
            #expect(zip(slopes, slopes.dropFirst()).allSatisfy { $0 < $1 })
            for (quality, cost) in zip(curve.qualities, curve.costs) {
                #expect(curve.hullCost(of: quality) <= cost * (1 + 1e-9))
            }
        }
    }

    /// Relaxed machines are never dearer than whole ones.
    @Test(arguments: 0..<100 as Range<UInt64>)
    func partsOfMachinesAreNeverDearer(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let scenario = try Scenario.tiny(using: &generator, hours: 1)
        let (demand, rate) = (scenario.totalDemand(0), scenario.intensity[0])
        let packer = HourPacker(
            scenario.fleet,
            for: .carbon,
            demandMax: demand,
            lowest: EnergyRates(repeating: rate),
            highest: EnergyRates(repeating: rate),
            statesMax: 10_000
        )
        let whole = try #require(packer.curve(demand: demand, premium: 0, rates: EnergyRates(repeating: rate)))
        let relaxed = try #require(packer.relaxedCurve(demand: demand, premium: 0, rates: EnergyRates(repeating: rate)))
        for (quality, cost) in zip(whole.qualities, whole.costs) { #expect(relaxed.cost(of: quality) <= cost + 1e-9) }
    }

    /// One machine type of which there are thousands: as the staircase has it, whether there is a limit that does not bind
    /// or none, and quickly; with one that does, only what the machines serve.
    @Test func limitsOfOneTypeCostNoTime() throws {
        func curve(limit: Int?, rate: Double = 300) throws -> HourCurve? {
            let machine = MachineType(
                name: "box",
                requestsPerHour: [100, 50],
                power: [1.0, 1.0].map { MachinePower(idleKilowatts: $0, loadKilowatts: $0) },
                embodiedGramsPerHour: 0,
                dollarsPerHour: 0,
                countMax: limit
            )
            let tiers = [PlanTier(name: "low", quality: 0), PlanTier(name: "high", quality: 1)]
            let packer = HourPacker(
                PlanFleet(tiers: tiers, machines: [machine]),
                for: .carbon,
                demandMax: 2e5,
                lowest: EnergyRates(repeating: rate),
                highest: EnergyRates(repeating: rate),
                statesMax: 20_000
            )
            return packer.curve(demand: 2e5, premium: 0, rates: EnergyRates(repeating: rate))
        }
        let free = try #require(try curve(limit: nil))
        let loose = try #require(try curve(limit: 10_000))
        #expect(loose.qualities == free.qualities && loose.costs == free.costs)
        #expect(free.qualities.last == 2e5 && free.qualities.first == 0)
        // 3,000 machines: x at the high tier leave 3,000 − x for 2e5 − 50x requests, so x is at most 2,000.
        let tight = try #require(try curve(limit: 3000))
        #expect(tight.qualities.last == 1e5)
        // In an hour without carbon all cost nothing, and there are still no more of them.
        #expect(try curve(limit: 3000, rate: 0)?.qualities == [1e5])
        #expect(try curve(limit: 1999) == nil)
    }

    /// Bought requests fill what machines leave: two tiers by the request make a straight line.
    @Test func boughtRequestsMakeAStraightLine() throws {
        let fleet = PlanFleet(
            tiers: [
                PlanTier(
                    name: "small",
                    quality: 0,
                    purchase: .init(kilowattHours: 0.001, embodiedGrams: 0, dollars: 0.01)
                ),
                PlanTier(
                    name: "large",
                    quality: 1,
                    purchase: .init(kilowattHours: 0.005, embodiedGrams: 0.1, dollars: 0.1)
                ),
            ],
            machines: []
        )
        let packer = HourPacker(
            fleet,
            for: .carbon,
            demandMax: 1000,
            lowest: EnergyRates(repeating: 200),
            highest: EnergyRates(repeating: 200),
            statesMax: 100
        )
        let curve = try #require(packer.curve(demand: 1000, premium: 0, rates: EnergyRates(repeating: 200)))
        #expect(curve.isDivisible)
        #expect(abs(curve.cost(of: 0) - 200) < 1e-9)
        #expect(abs(curve.cost(of: 500) - (100 + 550)) < 1e-9)
        #expect(abs(curve.cost(of: 1000) - 1100) < 1e-9)
    }

    /// However groups come, they get the qualities that they were promised, if any way of sharing gives them.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func sharingKeepsEveryPromise(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let qualities = [0, 0.3, 0.8, 1]
        // Made from what each group gets, so that there is a way.
        let parts = (0..<3).map { _ in qualities.map { _ in Double.random(in: 0...10, using: &generator) } }
        let served = qualities.indices.map { tier in parts.reduce(0) { $0 + $1[tier] } }
        var shares = TierShares(served, qualities: qualities)
        for part in parts.shuffled(using: &generator) {
            let promise = zip(part, qualities).reduce(0) { $0 + $1.0 * $1.1 }
            let taken = shares.take(part.reduce(0, +), quality: promise)
            let got = zip(taken ?? [], qualities).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(taken != nil && abs(got - promise) < 1e-6)
        }
        #expect(shares.left.allSatisfy { $0 < 1e-9 })
    }
}
