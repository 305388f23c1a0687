/// Finds what each quality costs in an hour: every choice of machines for the tiers that is worth having.
///
/// The tiers are gone through from the best. Each fills its machines with what is left of the requests; the worst covers
/// the rest as cheaply as it can. Where requests can be bought, they fill what the machines leave.
struct HourPacker {
    let fleet: PlanFleet
    let metric: PlanMetric
    let tiers: [TierCombinations]
    /// More requests than any hour has.
    let demandMax: Double
    private let limits: MachineCounts
    private let isLimited: Bool
    /// Whether it matters which of several types are used, as there are only so many.
    private let isScarce: Bool
    private let hasPurchases: Bool
    private let statesMax: Int

    /// A packer for hours of a scenario.
    ///
    /// - Parameters:
    ///   - fleet: The scenario's.
    ///   - metric: What is spent.
    ///   - demandMax: The requests of its busiest hour.
    ///   - lowest: The lowest rate of a kWh at each tier.
    ///   - highest: The highest.
    ///   - statesMax: The most choices that are kept from one tier to the next.
    init(
        _ fleet: PlanFleet,
        for metric: PlanMetric,
        demandMax: Double,
        lowest: EnergyRates,
        highest: EnergyRates,
        statesMax: Int
    ) {
        self.fleet = fleet
        self.metric = metric
        self.statesMax = statesMax
        self.demandMax = demandMax
        tiers = fleet.tiers.indices.map {
            TierCombinations(
                tier: $0,
                of: fleet,
                for: metric,
                demandMax: demandMax,
                rates: lowest[$0]...highest[$0],
                countMax: 40_000
            )
        }
        var limits = MachineCounts(repeating: .max)
        for (index, machine) in fleet.machines.enumerated() {
            limits[index] = UInt32(machine.countMax ?? Int(UInt32.max))
        }
        self.limits = limits
        isLimited = fleet.machines.contains { $0.countMax != nil }
        isScarce = isLimited && fleet.machines.count > 1
        hasPurchases = fleet.tiers.contains { $0.purchase != nil }
    }

    /// The curve of an hour.
    ///
    /// - Parameters:
    ///   - demand: Its requests.
    ///   - premium: Those of them that have to be served at the best tier.
    ///   - rates: What a kWh counts.
    /// - Returns: `nil` if no choice of machines serves them all.
    func curve(demand: Double, premium: Double, rates: EnergyRates) -> HourCurve? {
        guard demand > 0 else { return HourCurve([HourCurve.Point(quality: 0, cost: 0)], isDivisible: false) }
        var isExact = true
        var worthwhile: [[Int]] = []
        for (index, tier) in tiers.enumerated() {
            worthwhile.append(tier.worthwhile(below: demand, rate: rates[index], isLimited: isLimited))
            isExact = isExact && tier.isExact
        }
        var states = [State(left: demand)]
        let last = hasPurchases ? -1 : 0
        for tier in fleet.tiers.indices.reversed() where tier > last {
            states = states.flatMap { extend($0, tier: tier, by: worthwhile[tier], rate: rates[tier]) }
            if tier == fleet.tiers.count - 1, premium > 0, !hasPurchases {
                states.removeAll { demand - $0.left < premium * (1 - 1e-12) }
            }
            if tier > last + 1 { isExact = prune(&states) && isExact }
        }
        let points: [HourCurve.Point]
        if hasPurchases {
            points = states.flatMap {
                self.points(buying: $0.packing, cost: $0.cost, demand: demand, premium: premium, rates: rates)
            }
        } else {
            points = states.compactMap { covered($0, by: worthwhile[0], rate: rates[0]) }
        }
        guard !points.isEmpty else { return nil }
        let isDivisible = fleet.machines.isEmpty
        let floor = isExact ? nil : relaxedPoints(demand: demand, premium: premium, rates: rates)
        return HourCurve(points, isDivisible: isDivisible, floor: floor)
    }

    /// Some requests served, and what that costs.
    private struct State {
        var left: Double
        var quality = 0.0
        var cost = 0.0
        var packing = Packing()
        var counts = MachineCounts()
    }

    /// A state with each combination of a tier, until there is nothing left to serve.
    private func extend(_ state: State, tier: Int, by choices: [Int], rate: Double) -> [State] {
        guard state.left > 0 else { return [state] }
        let (combinations, quality) = (tiers[tier], fleet.tiers[tier].quality)
        var states: [State] = []
        for choice in choices {
            var next = state
            if isLimited {
                next.counts &+= combinations.counts[choice]
                guard all(next.counts .<= limits) else { continue }
            }
            let served = min(state.left, combinations.capacity[choice])
            next.left -= served
            next.quality += served * quality
            next.cost += combinations.kilowattHours[choice] * rate + combinations.fixed[choice]
            next.packing[tier] = UInt32(choice)
            states.append(next)
            if next.left <= 0, !isScarce { break }
        }
        return states
    }

    /// The rest served by the worst tier, as cheaply as it can be.
    private func covered(_ state: State, by choices: [Int], rate: Double) -> HourCurve.Point? {
        let combinations = tiers[0]
        var best: (cost: Double, choice: Int)?
        let first = choices.firstSorted { combinations.capacity[$0] >= state.left * (1 - 1e-12) }
        for choice in choices[first...] {
            if isLimited, any(state.counts &+ combinations.counts[choice] .> limits) {
                guard isScarce else { break }
                continue
            }
            let cost = combinations.kilowattHours[choice] * rate + combinations.fixed[choice]
            if cost < best?.cost ?? .infinity { best = (cost, choice) }
            // Of one type, or without limits, they are a staircase: the first that is large enough is the cheapest.
            if !isScarce { break }
        }
        guard let best else { return nil }
        var packing = state.packing
        packing[0] = UInt32(best.choice)
        let quality = state.quality + state.left * fleet.tiers[0].quality
        return HourCurve.Point(quality: quality, cost: state.cost + best.cost, packing: packing)
    }

    /// Keeps the states that no other beats in what is left, in quality and in cost; says whether there was room for all.
    private func prune(_ states: inout [State]) -> Bool {
        // Few are cheaper to keep than to compare. With limits it matters which machines are used, and with purchases
        // how many requests each tier can serve.
        guard states.count > 2000, !isLimited, !hasPurchases else { return thin(&states) }
        var staircase = Staircase()
        states.sort { ($0.left, $0.cost) < ($1.left, $1.cost) }
        states.removeAll { !staircase.insert($0.cost, -$0.quality) }
        return thin(&states)
    }

    private func thin(_ states: inout [State]) -> Bool {
        guard states.count > statesMax else { return true }
        let step = Double(states.count) / Double(statesMax)
        states = (0..<statesMax).map { states[Int(Double($0) * step)] }
        return false
    }
}
