internal import Configuration
internal import Domain
internal import Planning

/// A plan for the hours to come, and all that it was made from: pure.
struct PlanDraft: Sendable {
    let settings: Settings.Planner
    let fleet: PlannedFleet
    /// The first hour, since 1970 UTC.
    let firstHour: Int
    let demand: DemandOutlook
    /// The names of the grids that tiers are served on, and what each is expected to emit; the first is what hours go by.
    let grids: [(name: String, outlook: IntensityOutlook)]
    let rates: [TierRate]
    let ladder: PlanLadder
    let plan: Plan
    /// What was asked for and could not be had; `nil` where all was.
    let remark: String?

    /// Plans.
    ///
    /// A budget that does not even pay the lowest tiers is met as nearly as can be: by those.
    ///
    /// - Throws: ``PlanningError``.
    init(
        _ settings: Settings.Planner,
        fleet: PlannedFleet,
        from firstHour: Int,
        demand: DemandOutlook,
        grids: [(name: String, outlook: IntensityOutlook)],
        rates: [TierRate]
    ) throws(PlanningError) {
        self.settings = settings
        self.fleet = fleet
        self.firstHour = firstHour
        self.demand = demand
        self.grids = grids
        self.rates = rates
        ladder = PlanLadder(rungCount: fleet.rungs.count)
        let scenario: Scenario
        do throws(ScenarioError) {
            scenario = try Scenario(
                demand: demand.values,
                demandFloor: demand.floor,
                intensity: grids[0].outlook.values,
                tierIntensity: ladder.intensity(rates, on: grids.map(\.outlook.values)),
                groups: fleet.userGroups,
                fleet: ladder.fleet(fleet.rungs, rates),
                validityHours: settings.validityHours,
                past: Scenario.Past(demand: demand.past.demand, quality: demand.past.quality),
                ending: .insidePart
            )
        } catch {
            throw .scenario(error)
        }
        // A plan that takes longer than this is not worth waiting for: the last good one goes on.
        let planner = Planning.Planner(PlanOptions(secondsMax: 10))
        let metric = settings.planMetric
        guard let budget = settings.budgetPerDay else {
            plan = try planner.plan(scenario, for: .least(metric, target: settings.target))
            remark = nil
            return
        }
        do throws(PlanningError) {
            // What mixtures seem to save would have to be paid all the same.
            let whole = budget * Double(scenario.hourCount) / 24 * (1 - PlanLadder.discountMax)
            plan = try planner.plan(scenario, for: .bestQuality(within: whole, of: metric))
            remark = nil
        } catch .scenario(let error) {
            plan = try planner.plan(scenario, for: .least(metric, target: 0))
            remark = error.message
        }
    }

    /// What is expected to be spent on all hours, in the metric's unit.
    func expected(_ quotas: Quotas) -> Double {
        var sum = 0.0
        for place in 0..<quotas.hourCount {
            let hour = firstHour + place
            let grams = grids.map { $0.outlook.values[place] }
            let costs = rates.map { $0.cost(settings.planMetric, at: grams) }
            for group in quotas.groups.indices {
                let mean = zip(quotas.shares(hour: hour, group: group), costs).reduce(0) { $0 + $1.0 * $1.1 }
                sum += quotas.demand(hour: hour, group: group) * mean
            }
        }
        return sum
    }

    /// What it wants of each hour.
    func quotas(plan number: Int64, madeAt: Int64, reason: String) -> Quotas {
        var shares: [Double] = []
        shares.reserveCapacity(plan.allocations.count)
        for hour in 0..<plan.hourCount {
            for group in fleet.groups.indices {
                shares += ladder.shares(plan.shares(hour: hour, group: group))
            }
        }
        return Quotas(
            plan: number,
            madeAt: madeAt,
            reason: reason,
            firstHour: firstHour,
            tiers: fleet.tiers,
            groups: fleet.groups.map(\.id),
            shares: shares,
            demand: demand.values,
            prices: plan.qualityPrices,
            intensity: grids[0].outlook.values
        )
    }
}

extension Settings.Planner {
    /// What plans spend as little of as they can.
    var planMetric: PlanMetric {
        switch metric {
        case .carbon: .carbon
        case .energy: .energy
        case .money: .money
        }
    }
}
