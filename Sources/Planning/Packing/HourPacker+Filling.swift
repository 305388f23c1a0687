extension HourPacker {
    /// Requests of one quality that can be served at one price: by machines that run already, or by buying.
    private struct Lane {
        let tier: Int
        let quality: Double
        let price: Double
        let capacity: Double
    }

    /// How requests are spread over tiers, what that is worth and what it costs besides the machines.
    private struct Filling {
        var quality = 0.0
        var cost = 0.0
        var served: [Double]
    }

    /// What each hour of machines, given by a state, can serve together with bought requests, as points of a curve.
    func points(
        buying packing: Packing,
        cost: Double,
        demand: Double,
        premium: Double,
        rates: EnergyRates
    ) -> [HourCurve.Point] {
        let corners = fillings(packing, demand: demand, premium: premium, rates: rates)
        var points = corners.map { HourCurve.Point(quality: $0.quality, cost: cost + $0.cost, packing: packing) }
        guard !fleet.machines.isEmpty else { return points }
        // With machines a curve consists of points: a few more of them stand for the line between two corners.
        for (low, high) in zip(corners, corners.dropFirst()) {
            for step in 1..<8 {
                let share = Double(step) / 8
                let quality = low.quality + share * (high.quality - low.quality)
                let price = low.cost + share * (high.cost - low.cost)
                points.append(HourCurve.Point(quality: quality, cost: cost + price, packing: packing))
            }
        }
        return points
    }

    /// Requests at each tier, at least cost with the machines of `packing`, so that their quality is `quality` or more.
    func allocation(
        _ packing: Packing,
        quality: Double,
        demand: Double,
        premium: Double,
        rates: EnergyRates
    ) -> [Double] {
        let corners = fillings(packing, demand: demand, premium: premium, rates: rates)
        guard let next = corners.firstIndex(where: { $0.quality >= quality * (1 - 1e-12) }) else {
            return corners.last?.served ?? fleet.tiers.map { _ in 0 }
        }
        guard next > 0 else { return corners[0].served }
        let (low, high) = (corners[next - 1], corners[next])
        let share = min(max((quality - low.quality) / (high.quality - low.quality), 0), 1)
        return zip(low.served, high.served).map { $0 + share * ($1 - $0) }
    }

    /// The corners of what can be served, from the cheapest to the best: for each price of quality the best filling.
    private func fillings(_ packing: Packing, demand: Double, premium: Double, rates: EnergyRates) -> [Filling] {
        let lanes = lanes(packing, rates: rates)
        var prices: [Double] = []
        for (index, lane) in lanes.enumerated() {
            for other in lanes[..<index] where other.quality != lane.quality {
                let price = (lane.price - other.price) / (lane.quality - other.quality)
                if price > 0 { prices.append(price) }
            }
        }
        prices.sort()
        // Between two prices at which lanes change places nothing changes: one of them stands for all.
        let between = zip([0] + prices, prices + [(prices.last ?? 1) * 2 + 1]).map { ($0 + $1) / 2 }
        var corners: [Filling] = []
        for price in between {
            guard let filling = fill(lanes, worth: price, demand: demand, premium: premium) else { continue }
            if let last = corners.last, filling.quality <= last.quality * (1 + 1e-12) { continue }
            corners.append(filling)
        }
        return corners
    }

    private func lanes(_ packing: Packing, rates: EnergyRates) -> [Lane] {
        var lanes: [Lane] = []
        for (index, tier) in fleet.tiers.enumerated() {
            let capacity = tiers[index].capacity[Int(packing[index])]
            if capacity > 0 { lanes.append(Lane(tier: index, quality: tier.quality, price: 0, capacity: capacity)) }
            if let purchase = tier.purchase {
                let price = metric.price(of: purchase, rate: rates[index])
                lanes.append(Lane(tier: index, quality: tier.quality, price: price, capacity: .infinity))
            }
        }
        return lanes
    }

    /// Fills lanes in the order of what a request is worth in them; premium requests first, at the best tier.
    ///
    /// - Returns: `nil` if they do not hold all requests.
    private func fill(_ lanes: [Lane], worth price: Double, demand: Double, premium: Double) -> Filling? {
        var filling = Filling(served: fleet.tiers.map { _ in 0 })
        var room = lanes.map(\.capacity)
        let order = lanes.indices.sorted {
            let (a, b) = (lanes[$0], lanes[$1])
            let (left, right) = (price * a.quality - a.price, price * b.quality - b.price)
            return left != right ? left > right : a.quality > b.quality
        }
        func serve(_ requests: Double, in index: Int) -> Double {
            let (lane, served) = (lanes[index], min(requests, room[index]))
            room[index] -= served
            filling.served[lane.tier] += served
            filling.quality += served * lane.quality
            filling.cost += served * lane.price
            return served
        }
        var left = premium
        let best = fleet.tiers.count - 1
        for index in order where lanes[index].tier == best && left > 0 { left -= serve(left, in: index) }
        guard left <= demand * 1e-12 else { return nil }
        left = demand - premium
        for index in order where left > 0 { left -= serve(left, in: index) }
        return left <= demand * 1e-12 ? filling : nil
    }
}

extension HourPacker {
    /// The curve of an hour in which a part of a machine can be switched on.
    ///
    /// - Returns: `nil` if there are too few machines to serve all requests.
    func relaxedCurve(demand: Double, premium: Double, rates: EnergyRates) -> HourCurve? {
        if fleet.isLimited {
            let corners = limited(demand: demand, premium: premium, rates: rates).corners()
            let points = corners.map { HourCurve.Point(quality: $0.quality, cost: $0.cost) }
            return points.isEmpty ? nil : HourCurve(points, isDivisible: true)
        }
        return HourCurve(relaxedPoints(demand: demand, premium: premium, rates: rates), isDivisible: true)
    }

    /// A point for each tier that serves all but the premium requests: below what whole machines cost.
    func relaxedPoints(demand: Double, premium: Double, rates: EnergyRates) -> [HourCurve.Point] {
        let best = fleet.tiers.count - 1
        let fixed = premium * cheapest(tier: best, rates: rates).cost
        return fleet.tiers.indices.map { tier in
            let rest = demand - premium
            return HourCurve.Point(
                quality: premium * fleet.tiers[best].quality + rest * fleet.tiers[tier].quality,
                cost: fixed + rest * cheapest(tier: tier, rates: rates).cost
            )
        }
    }

    /// Requests at each tier for a point of the relaxed curve, and parts of machines, tier by tier and type by type.
    func relaxedAllocation(
        quality: Double,
        demand: Double,
        premium: Double,
        rates: EnergyRates
    ) -> (served: [Double], machines: [Double]) {
        if fleet.isLimited {
            return limitedAllocation(
                limited(demand: demand, premium: premium, rates: rates).corners(),
                quality: quality
            )
        }
        let points = relaxedPoints(demand: demand, premium: premium, rates: rates)
        let corners = HourCurve.hull(of: points)
        let tiers = corners.map { corner in points.firstIndex { $0.quality == corner.quality } ?? 0 }
        var served = fleet.tiers.map { _ in 0.0 }
        served[fleet.tiers.count - 1] = premium
        let high = corners.firstIndex { $0.quality >= quality } ?? corners.count - 1
        let low = max(high - 1, 0)
        let span = corners[high].quality - corners[low].quality
        let share = span > 0 ? min(max((quality - corners[low].quality) / span, 0), 1) : 1
        served[tiers[high]] += share * (demand - premium)
        served[tiers[low]] += (1 - share) * (demand - premium)
        var machines = [Double](repeating: 0, count: fleet.tiers.count * fleet.machines.count)
        for tier in fleet.tiers.indices {
            guard let machine = cheapest(tier: tier, rates: rates).machine else { continue }
            machines[tier * fleet.machines.count + machine] =
                served[tier] / fleet.machines[machine].requestsPerHour[tier]
        }
        return (served, machines)
    }

    private func limited(demand: Double, premium: Double, rates: EnergyRates) -> LimitedHour {
        LimitedHour(fleet: fleet, metric: metric, demand: demand, premium: premium, rates: rates)
    }

    /// What lies between two corners is had as a mixture of both.
    private func limitedAllocation(
        _ corners: [LimitedHour.Corner],
        quality: Double
    ) -> (served: [Double], machines: [Double]) {
        guard let last = corners.last else { return (fleet.tiers.map { _ in 0 }, noMachines) }
        let high = corners.firstIndex { $0.quality >= quality } ?? corners.count - 1
        guard high > 0, corners[high].quality > quality else {
            let corner = high < corners.count ? corners[high] : last
            return (corner.served, corner.machines)
        }
        let (below, above) = (corners[high - 1], corners[high])
        let share = (quality - below.quality) / (above.quality - below.quality)
        let mixed = { (low: [Double], high: [Double]) in zip(low, high).map { $0 + share * ($1 - $0) } }
        return (mixed(below.served, above.served), mixed(below.machines, above.machines))
    }

    /// What a request costs at a tier at least, and on which machine; none if buying it is cheaper.
    private func cheapest(tier: Int, rates: EnergyRates) -> (cost: Double, machine: Int?) {
        var best: (cost: Double, machine: Int?) = (.infinity, nil)
        if let purchase = fleet.tiers[tier].purchase { best.cost = metric.price(of: purchase, rate: rates[tier]) }
        for (index, machine) in fleet.machines.enumerated() where machine.requestsPerHour[tier] > 0 {
            let hour = fleet.kilowattHours(tier: tier, machine: index) * rates[tier] + metric.fixed(machine)
            let cost = hour / machine.requestsPerHour[tier]
            if machine.countMax != 0, cost < best.cost { best = (cost, index) }
        }
        return best
    }

    /// No machine at any tier.
    var noMachines: [Double] { Array(repeating: 0, count: fleet.tiers.count * fleet.machines.count) }

    /// The most requests that all machines serve in an hour.
    var capacityMax: Double {
        fleet.machines.reduce(0) { sum, machine in
            let count = min(machine.countMax.map(Double.init) ?? .infinity, TierCombinations.machinesMax)
            return sum + count * (machine.requestsPerHour.max() ?? 0)
        }
    }

    /// How many machines of each type serve each tier, tier by tier and type by type.
    func machines(_ packing: Packing) -> [Double] {
        fleet.tiers.indices.flatMap { tier in
            fleet.machines.indices.map { Double(tiers[tier].counts[Int(packing[tier])][$0]) }
        }
    }
}
