/// What the points of neighbouring hours cost together, besides what each costs alone: the machines that are started.
///
/// The hulls and the bound know nothing of it, which keeps the bound true: starts only add to a cost.
struct StartCosts {
    /// Machines of each hour's points, point by point.
    private let machines: [[Double]]
    /// What a start counts in each hour.
    private let prices: [[Double]]
    private let width: Int

    /// The start-ups of packed hours; `nil` where they cost nothing.
    init?(_ curves: [HourCurve], _ packer: HourPacker, rates: [EnergyRates]) {
        guard packer.fleet.hasStarts else { return nil }
        width = packer.fleet.tiers.count * packer.fleet.machines.count
        machines = curves.map { $0.packings.flatMap(packer.machines) }
        prices = rates.map { packer.fleet.startPrices(packer.metric, rates: $0) }
    }

    /// What starting the machines of an hour's point costs after those of the hour before.
    func cost(_ hour: Int, _ point: Int, after before: Int) -> Double {
        let (old, new) = (machines[hour - 1], machines[hour])
        var cost = 0.0
        for slot in 0..<width {
            let more = new[point * width + slot] - old[before * width + slot]
            if more > 0 { cost += more * prices[hour][slot] }
        }
        return cost
    }
}
