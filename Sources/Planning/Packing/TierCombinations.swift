/// Numbers of machines that serve one tier, those that are worth having: the input of ``HourPacker``.
///
/// A combination is left out if another serves as many requests for no more, at the lowest and the highest rate alike:
/// a cost is a straight line over the rate of a kWh, so that holds in between too.
struct TierCombinations {
    /// More machines of a type are never used in an hour.
    static let machinesMax = 1e6

    /// Requests that each serves in an hour, rising.
    private(set) var capacity: [Double] = []
    /// Energy of each, in kWh an hour.
    private(set) var kilowattHours: [Double] = []
    /// What each costs besides.
    private(set) var fixed: [Double] = []
    /// How many machines of each type.
    private(set) var counts: [MachineCounts] = []
    /// Whether nothing worth having was left out.
    private(set) var isExact = true

    /// The combinations of a fleet's machines for a tier.
    ///
    /// - Parameters:
    ///   - tier: Its place.
    ///   - fleet: The fleet.
    ///   - metric: What is spent.
    ///   - demandMax: More requests than any hour has are never served.
    ///   - rates: The lowest and highest rate of a kWh.
    ///   - countMax: About how many are looked at; where there are more, ``isExact`` is false.
    init(
        tier: Int,
        of fleet: PlanFleet,
        for metric: PlanMetric,
        demandMax: Double,
        rates: ClosedRange<Double>,
        countMax: Int
    ) {
        let types = fleet.machines.indices.compactMap { index -> Kind? in
            let machine = fleet.machines[index]
            guard machine.requestsPerHour[tier] > 0, machine.countMax != 0 else { return nil }
            return Kind(
                index: index,
                capacity: machine.requestsPerHour[tier],
                kilowattHours: fleet.kilowattHours(tier: tier, machine: index),
                fixed: metric.fixed(machine),
                limit: machine.countMax
            )
        }
        var all = [Combination()]
        for type in types {
            let most = type.countMax(beside: types, demandMax: demandMax, rates: rates)
            let room = max(countMax / all.count, 2)
            if most > room { isExact = false }
            all = all.flatMap { $0.adding(type, upTo: most, room: room, demandMax: demandMax) }
        }
        let isLimited = types.contains { $0.limit != nil }
        keep(isLimited ? Self.worthHavingWithin(all, types, rates) : Self.worthHaving(all, rates))
    }

    private mutating func keep(_ combinations: [Combination]) {
        for combination in combinations.sorted(by: { $0.capacity < $1.capacity }) {
            capacity.append(combination.capacity)
            kilowattHours.append(combination.kilowattHours)
            fixed.append(combination.fixed)
            counts.append(combination.counts)
        }
    }

    /// The places of those that are worth having in one hour, rising in capacity; the last serves all its requests.
    ///
    /// Unless machines are limited, they rise in cost too, and only the first that serves all is among them.
    func worthwhile(below demand: Double, rate: Double, isLimited: Bool) -> [Int] {
        guard !isLimited else { return Array(capacity.indices) }
        var places: [Int] = []
        var least = Double.infinity
        for place in capacity.indices.reversed() {
            let cost = kilowattHours[place] * rate + fixed[place]
            guard cost < least else { continue }
            least = cost
            if capacity[place] >= demand { places.removeAll(keepingCapacity: true) }
            places.append(place)
        }
        return places.reversed()
    }

    /// Those that no other beats in capacity and both costs: a staircase, gone through from the largest capacity down.
    private static func worthHaving(_ all: [Combination], _ rates: ClosedRange<Double>) -> [Combination] {
        var staircase = Staircase()
        return all.sorted { $0.capacity > $1.capacity }.filter {
            staircase.insert($0.cost(at: rates.lowerBound), $0.cost(at: rates.upperBound))
        }
    }

    /// The same where machines are limited: what is left of a limited type counts too.
    private static func worthHavingWithin(
        _ all: [Combination],
        _ types: [Kind],
        _ rates: ClosedRange<Double>
    ) -> [Combination] {
        let limited = types.filter { $0.limit != nil }.map(\.index)
        // Of one type none beats another. Comparing each with each is affordable for few only; more of them are all kept.
        guard types.count > 1, all.count <= 4096 else { return all }
        return all.enumerated().filter { place, candidate in
            !all.enumerated().contains { other, rival in
                other != place && rival.beats(candidate, at: rates, sparing: limited)
                    && (other < place || !candidate.beats(rival, at: rates, sparing: limited))
            }
        }.map(\.element)
    }
}

/// How many machines of each type.
typealias MachineCounts = SIMD8<UInt32>

/// A machine type as one tier sees it.
private struct Kind {
    let index: Int
    let capacity: Double
    let kilowattHours: Double
    let fixed: Double
    let limit: Int?

    func cost(at rate: Double) -> Double { kilowattHours * rate + fixed }

    /// The most of them that can be needed.
    ///
    /// More would serve everything, or an unlimited type that is cheaper by the request, at any rate, takes their place. As n machines need n·capacity/rival.capacity of its, rounded up, that is so as soon as
    /// what they cost more by the request pays the machine that rounding up adds.
    func countMax(beside types: [Kind], demandMax: Double, rates: ClosedRange<Double>) -> Int {
        var most = min((demandMax / capacity).rounded(.up), Double(limit ?? Int.max))
        for rival in types where rival.index != index && rival.limit == nil {
            let enough = [rates.lowerBound, rates.upperBound].map { rate in
                let saved = cost(at: rate) - capacity * rival.cost(at: rate) / rival.capacity
                return saved > 0 ? (rival.cost(at: rate) / saved).rounded(.up) : .infinity
            }
            most = min(most, enough.max() ?? .infinity)
        }
        return Int(min(most, TierCombinations.machinesMax))
    }
}

private struct Combination {
    var capacity = 0.0
    var kilowattHours = 0.0
    var fixed = 0.0
    var counts = MachineCounts()

    func cost(at rate: Double) -> Double { kilowattHours * rate + fixed }

    /// This one with 0, 1, … machines of a type, until there are enough; evenly thinned where there is no room for all.
    func adding(_ type: Kind, upTo most: Int, room: Int, demandMax: Double) -> [Combination] {
        let needed = min(most, Int(max(0, (demandMax - capacity) / type.capacity).rounded(.up)))
        let step = max(1, (needed + room - 1) / room)
        return (Array(stride(from: 0, to: needed, by: step)) + [needed]).map { count in
            var sum = self
            sum.capacity += Double(count) * type.capacity
            sum.kilowattHours += Double(count) * type.kilowattHours
            sum.fixed += Double(count) * type.fixed
            sum.counts[type.index] = UInt32(count)
            return sum
        }
    }

    func beats(_ other: Combination, at rates: ClosedRange<Double>, sparing limited: [Int]) -> Bool {
        capacity >= other.capacity && cost(at: rates.lowerBound) <= other.cost(at: rates.lowerBound)
            && cost(at: rates.upperBound) <= other.cost(at: rates.upperBound)
            && limited.allSatisfy { counts[$0] <= other.counts[$0] }
    }
}
