/// A scenario whose hours are packed: all that does not depend on the target.
struct PackedScenario {
    let scenario: Scenario
    let metric: PlanMetric
    let isRelaxed: Bool
    let packer: HourPacker
    let rates: [EnergyRates]
    let curves: [HourCurve]
    let premium: [Double]
    /// The places of groups that are not always served at the best tier.
    let chains: [Int]
    let windows: [Window]

    /// Packs a scenario's hours, with a packer for all of them if none is given.
    init(
        _ scenario: Scenario,
        for metric: PlanMetric,
        isRelaxed: Bool,
        packer given: HourPacker? = nil
    ) throws(PlanningError) {
        guard scenario.groups.allSatisfy({ $0.shares == nil }) else {
            throw .unsupported(
                "only optimizer=reference keeps promises of tiers' shares: ask for it, or promise a mean quality"
            )
        }
        guard !isRelaxed || !scenario.fleet.hasStarts else {
            throw .unsupported(
                "only optimizer=reference counts starts of parts of machines: leave out the machines' start, or relax=true"
            )
        }
        let sharing = scenario.groups.indices.filter { !scenario.isPremium($0) }
        guard !isRelaxed || !scenario.fleet.isLimited || sharing.count <= 1 else {
            throw .unsupported(
                "limited machines of which parts are used can't be shared by \(sharing.count) groups with targets: "
                    + "leave out the limits, relax=true, or all but one of the groups"
            )
        }
        let packer = given ?? Self.packer(scenario, for: metric)
        let rates = metric.rates(of: scenario)
        var curves: [HourCurve] = []
        for hour in 0..<scenario.hourCount {
            let (demand, premium) = (scenario.totalDemand(hour), scenario.premiumDemand(hour))
            let curve =
                isRelaxed
                ? packer.relaxedCurve(demand: demand, premium: premium, rates: rates[hour])
                : packer.curve(demand: demand, premium: premium, rates: rates[hour])
            guard let curve else {
                throw .scenario(.capacity(hour: hour, demand: demand, capacity: packer.capacityMax))
            }
            curves.append(curve)
        }
        self.init(scenario, for: metric, isRelaxed: isRelaxed, packer: packer, curves: curves)
    }

    /// A scenario whose hours have been packed before, with windows that are insured against an outage of some hours.
    init(
        _ scenario: Scenario,
        for metric: PlanMetric,
        isRelaxed: Bool,
        packer: HourPacker,
        curves: [HourCurve],
        insuredHours: Int = 0
    ) {
        self.scenario = scenario
        self.metric = metric
        self.isRelaxed = isRelaxed
        self.packer = packer
        self.curves = curves
        rates = metric.rates(of: scenario)
        premium = (0..<scenario.hourCount).map { scenario.premiumDemand($0) }
        chains = scenario.groups.indices.filter { !scenario.isPremium($0) }
        windows = scenario.windows(insured: insuredHours)
    }

    /// A packer for all hours of a scenario, and for hours that are up to `margin` times as busy, clean or dirty.
    static func packer(_ scenario: Scenario, for metric: PlanMetric, margin: Double = 1) -> HourPacker {
        let rates = metric.rates(of: scenario)
        return HourPacker(
            scenario.fleet,
            for: metric,
            demandMax: ((0..<scenario.hourCount).map { scenario.totalDemand($0) }.max() ?? 0) * margin,
            lowest: rates.dropFirst().reduce(rates[0], pointwiseMin) / margin,
            highest: rates.dropFirst().reduce(rates[0], pointwiseMax) * margin,
            statesMax: 20_000
        )
    }

    /// The problem of reaching a target.
    func model(target: Double) throws(PlanningError) -> QualityModel {
        let count = scenario.groups.count
        let tiers = scenario.fleet.tiers
        let (worst, best) = (tiers.first?.quality ?? 0, tiers.last?.quality ?? 0)
        let places = (0..<scenario.hourCount).flatMap { hour in chains.map { hour * count + $0 } }
        let demand = places.map { scenario.demand[$0] }
        let high = places.map { place in
            let promised = scenario.groups[place % count].quality(for: target)
            return scenario.demand[place] * promised + scenario.demandFloor[place] * (best - promised)
        }
        var model = QualityModel(
            curves: curves,
            chainCount: chains.count,
            low: demand.map { $0 * worst },
            high: high,
            windows: chains.isEmpty ? [] : windows.map(\.hours),
            required: required(target: target, demand: demand, high: high),
            offset: premium.map { $0 * best }
        )
        if chains.count > 1, !isRelaxed { addTops(to: &model) }
        try checkReach(model, target: target)
        return model
    }

    /// What each chain can get at most: the best that is served, after what premium requests get.
    private func addTops(to model: inout QualityModel) {
        let qualities = scenario.fleet.tiers.map(\.quality)
        for hour in 0..<scenario.hourCount {
            let (curve, demand) = (curves[hour], scenario.totalDemand(hour))
            let tops = { (served: [Double]) in
                chains.map { group in
                    var rest = TierShares(served, qualities: qualities)
                    let premium = premium[hour]
                    _ = rest.take(premium, quality: premium * (qualities.last ?? 0))
                    return rest.best(scenario.demand[hour * scenario.groups.count + group])
                }
            }
            model.tops.append(
                curve.packings.indices.flatMap { point in
                    tops(
                        packer.allocation(
                            curve.packings[point],
                            quality: curve.qualities[point],
                            demand: demand,
                            premium: premium[hour],
                            rates: rates[hour]
                        )
                    )
                }
            )
            let (all, count) = (model.tops[hour], chains.count)
            model.hullTops.append(
                curve.hullQualities.flatMap { quality -> [Double] in
                    if let point = curve.qualities.firstIndex(of: quality) {
                        return Array(all[point * count..<(point + 1) * count])
                    }
                    // A corner of the relaxed hull, which no point is at.
                    let premium = premium[hour]
                    return tops(
                        packer.relaxedAllocation(quality: quality, demand: demand, premium: premium, rates: rates[hour])
                            .served
                    )
                }
            )
        }
    }

    /// What each window and chain needs of the planned hours, given what the past hours brought.
    private func required(target: Double, demand: [Double], high: [Double]) -> [Double] {
        windows.flatMap { window in
            chains.indices.map { chain in
                let level = scenario.groups[chains[chain]].quality(for: target)
                let past = scenario.past(of: window, group: chains[chain])
                let planned = window.hours.reduce(0) { $0 + demand[$1 * chains.count + chain] }
                let most = window.hours.reduce(0) { $0 + high[$1 * chains.count + chain] }
                // What the past spoiled can't be asked for: then the rest of the window gets all that is counted on.
                return min(level * (planned + past.demand) - past.quality, most)
            }
        }
    }

    /// Refuses a target that limited machines can't reach.
    private func checkReach(_ model: QualityModel, target: Double) throws(PlanningError) {
        let total = (0..<model.hourCount).map { hour in
            (model.curves[hour].qualities.last ?? 0) - model.offset[hour]
        }
        guard
            total.indices.contains(where: { hour in
                let places = hour * chains.count..<(hour + 1) * chains.count
                return total[hour] < places.reduce(0) { $0 + model.high[$1] } * (1 - 1e-9)
            })
        else { return }
        var best = 1.0
        let reach = model.windows.indices.map { window in
            model.windows[window].reduce(0) { $0 + total[$1] }
        }
        for window in model.windows.indices {
            let places = window * chains.count..<(window + 1) * chains.count
            let needed = places.reduce(0) { $0 + model.required[$1] }
            if needed > reach[window] { best = min(best, target * reach[window] / needed) }
        }
        guard best >= target else { throw .scenario(.targetOutOfReach(target: target, best: best)) }
    }
}
