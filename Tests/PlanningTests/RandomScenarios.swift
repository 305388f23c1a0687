import Domain

@testable import Planning

extension Scenario {
    /// A few hours, groups, tiers and machines, such that every choice of machines can be tried; some tiers are on grids of
    /// their own.
    static func tiny(using generator: inout SeededGenerator, hours: Int, isLimited: Bool = false) throws -> Scenario {
        let tierCount = Int.random(in: 2...3, using: &generator)
        let qualities = [[0.0, 1], [0, 0.8, 1]][tierCount - 2]
        let machines = (0..<Int.random(in: 1...2, using: &generator)).map { index in
            var machine = MachineType(
                name: "type \(index)",
                requestsPerHour: (0..<tierCount).map {
                    Double(Int.random(in: 8...14, using: &generator)) / Double(1 + $0)
                },
                kilowatts: (0..<tierCount).map { _ in Double.random(in: 1...2, using: &generator) },
                embodiedGramsPerHour: Double.random(in: 0...50, using: &generator)
            )
            if isLimited { machine.countMax = Int.random(in: 3...6, using: &generator) }
            return machine
        }
        let fleet = PlanFleet(
            tiers: qualities.enumerated().map { PlanTier(name: "tier \($0)", quality: $1) },
            machines: machines,
            powerUsageEffectiveness: Double.random(in: 1...1.5, using: &generator)
        )
        return try Scenario(
            totalDemand: (0..<hours).map { _ in Double(Int.random(in: 0...14, using: &generator)) },
            intensity: (0..<hours).map { _ in Double.random(in: 20...600, using: &generator) },
            tierIntensity: qualities.indices.reduce(into: [:]) { grids, tier in
                guard Int.random(in: 0..<4, using: &generator) == 0 else { return }
                grids[tier] = (0..<hours).map { _ in Double.random(in: 20...600, using: &generator) }
            },
            groups: UserGroup.mix(premiumShare: 0, tiers: fleet.tiers),
            fleet: fleet,
            validityHours: Int.random(in: 1...hours, using: &generator)
        )
    }

    /// Hours with a daily rhythm.
    static func rhythm(
        hours: Int,
        demand: Double = 3e5,
        fleet: PlanFleet = .paper,
        groups: [UserGroup]? = nil,
        validityHours: Int = 24,
        using generator: inout SeededGenerator
    ) throws -> Scenario {
        let noise = (0..<2 * hours).map { _ in Double.random(in: 0.8...1.2, using: &generator) }
        return try Scenario(
            totalDemand: (0..<hours).map { demand * (1 + 0.6 * wave($0, 24)) * noise[$0] },
            intensity: (0..<hours).map { 300 * (1 + 0.4 * wave($0 + 7, 24) + 0.2 * wave($0, 168)) * noise[hours + $0] },
            energyPrice: (0..<hours).map { 0.1 * (1 + 0.5 * wave($0 + 3, 24)) },
            groups: groups ?? UserGroup.mix(premiumShare: 0, tiers: fleet.tiers),
            fleet: fleet,
            validityHours: validityHours
        )
    }

    /// A parabola's idea of a sine: from −1 to 1 in a period.
    private static func wave(_ hour: Int, _ period: Int) -> Double {
        let phase = Double(hour % period) / Double(period)
        return phase < 0.5 ? 16 * phase * (0.5 - phase) : -16 * (phase - 0.5) * (1 - phase)
    }
}

/// The least cost of each quality of an hour, by trying every number of machines: the slow way.
struct BruteForce {
    /// Pairs of quality and cost that none other beats.
    private(set) var points: [(quality: Double, cost: Double)] = []

    init(hour: Int, of scenario: Scenario) {
        let fleet = scenario.fleet
        let (demand, rates) = (
            scenario.totalDemand(hour), fleet.tiers.indices.map { scenario.intensity(hour: hour, tier: $0) }
        )
        var counts = [Int](repeating: 0, count: fleet.tiers.count * fleet.machines.count)
        var found: [(quality: Double, cost: Double)] = []
        func tryCounts(from place: Int) {
            guard place < counts.count else {
                if let point = Self.point(counts, fleet, demand, rates) { found.append(point) }
                return
            }
            let (tier, type) = (place / fleet.machines.count, place % fleet.machines.count)
            let most = Int((demand / fleet.machines[type].requestsPerHour[tier]).rounded(.up))
            for count in 0...min(most, fleet.machines[type].countMax ?? most) {
                counts[place] = count
                tryCounts(from: place + 1)
            }
            counts[place] = 0
        }
        tryCounts(from: 0)
        for point in found.sorted(by: { ($0.quality, -$0.cost) > ($1.quality, -$1.cost) })
        where point.cost < points.last?.cost ?? .infinity {
            points.append(point)
        }
        points.reverse()
    }

    private static func point(
        _ counts: [Int],
        _ fleet: PlanFleet,
        _ demand: Double,
        _ rates: [Double]
    ) -> (Double, Double)? {
        var (left, quality, cost) = (demand, 0.0, 0.0)
        for (type, machine) in fleet.machines.enumerated() {
            let used = fleet.tiers.indices.reduce(0) { $0 + counts[$1 * fleet.machines.count + type] }
            guard used <= machine.countMax ?? .max else { return nil }
        }
        for tier in fleet.tiers.indices.reversed() {
            var capacity = 0.0
            for (type, machine) in fleet.machines.enumerated() {
                let count = Double(counts[tier * fleet.machines.count + type])
                capacity += count * machine.requestsPerHour[tier]
                let energy = fleet.powerUsageEffectiveness * machine.power[tier].loadKilowatts
                cost += count * (energy * rates[tier] + machine.embodiedGramsPerHour)
            }
            let served = min(left, capacity)
            left -= served
            quality += served * fleet.tiers[tier].quality
        }
        return left < 1e-9 ? (quality, cost) : nil
    }

    /// The least cost of a scenario of few hours at a target, by trying every point of every hour.
    static func leastCost(_ scenario: Scenario, target: Double) -> Double? {
        let curves = (0..<scenario.hourCount).map { BruteForce(hour: $0, of: scenario).points }
        var best: Double?
        var chosen = [Double](repeating: 0, count: scenario.hourCount)
        func tryHours(from hour: Int, cost: Double) {
            guard cost < best ?? .infinity else { return }
            guard hour < scenario.hourCount else {
                best = cost
                return
            }
            for point in curves[hour] {
                chosen[hour] = point.quality
                let first = hour + 1 - scenario.validityHours
                if first >= 0 {
                    let demand = (first...hour).reduce(0) { $0 + scenario.totalDemand($1) }
                    let quality = (first...hour).reduce(0) { $0 + chosen[$1] }
                    guard quality >= target * demand - 1e-9 else { continue }
                }
                tryHours(from: hour + 1, cost: cost + point.cost)
            }
        }
        tryHours(from: 0, cost: 0)
        return best
    }
}
