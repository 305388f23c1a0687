internal import Domain
internal import Reactor

extension MetricsPage {
    /// What the planner tells: the plan in force and what came of it.
    struct Planning {
        let report: PlanKeeper.Report
        /// `nil` where no plan is in force.
        let quotas: Quotas?
        /// The hour at hand, since 1970 UTC.
        let hour: Int
        let served: [QuotaControl.Tally: Int]
        let moved: Int
    }

    /// Plans made and failed, the shares of the hour at hand, its shadow prices, and which tiers have served.
    func writePlan(_ page: inout Exposition) {
        if WallClock.speed != 1 {
            let help = "How fast the calendar runs, which is simulated."
            page.single("switchyard_simulated_clock_speed", .gauge, help, WallClock.speed)
        }
        guard let planning else { return }
        page.family("switchyard_plans_total", .counter, "Plans that were made, by why.")
        for reason in PlanKeeper.Reason.allCases {
            page.sample("switchyard_plans_total", [("reason", reason.rawValue)], planning.report.made[reason] ?? 0)
        }
        page.single(
            "switchyard_plan_failures_total",
            .counter,
            "Plans that could not be made.",
            planning.report.failures
        )
        page.family("switchyard_plan_served_requests_total", .counter, "Automatic choices, by the tier that answered.")
        for (tally, count) in planning.served.sorted(by: {
            ($0.key.group, $0.key.tier.rawValue) < ($1.key.group, $1.key.tier.rawValue)
        }) {
            let labels = [("group", tally.group), ("tier", tally.tier.rawValue)]
            page.sample("switchyard_plan_served_requests_total", labels, count)
        }
        page.single(
            "switchyard_plan_moved_requests_total",
            .counter,
            "Requests that another tier answered than their quota gave them.",
            planning.moved
        )
        guard let quotas = planning.quotas else { return }
        page.single("switchyard_plan_number", .gauge, "Number of the plan in force.", Int(quotas.plan))
        page.single("switchyard_plan_made_seconds", .gauge, "When it was made.", Double(quotas.madeAt) / 1000)
        page.single("switchyard_plan_solve_seconds", .gauge, "How long it took to find.", planning.report.seconds)
        page.family("switchyard_plan_expected_cost", .gauge, "What it expects all of its hours to spend.")
        page.sample("switchyard_plan_expected_cost", [("unit", planning.report.unit)], planning.report.expected)
        page.single("switchyard_plan_gap", .gauge, "How far it may be from the best there is.", planning.report.gap)
        page.family("switchyard_plan_share", .gauge, "Share of a group's requests that a tier is to serve this hour.")
        eachGroup(of: quotas) { index, group in
            for (tier, share) in zip(quotas.tiers, quotas.shares(hour: planning.hour, group: index)) {
                page.sample("switchyard_plan_share", [("group", group), ("tier", tier.rawValue)], share)
            }
        }
        page.family("switchyard_plan_expected_requests", .gauge, "Requests of a group that are foreseen this hour.")
        eachGroup(of: quotas) { index, group in
            let demand = quotas.demand(hour: planning.hour, group: index)
            page.sample("switchyard_plan_expected_requests", [("group", group)], demand)
        }
        let unit = planning.report.unit
        page.family(
            "switchyard_plan_quality_price",
            .gauge,
            "What another unit of a request's quality costs this hour."
        )
        eachGroup(of: quotas) { index, group in
            let price = quotas.price(hour: planning.hour, group: index)
            page.sample("switchyard_plan_quality_price", [("group", group), ("unit", unit)], price)
        }
    }

    private func eachGroup(of quotas: Quotas, _ body: (Int, String) -> Void) {
        for (index, group) in quotas.groups.enumerated() { body(index, group) }
    }
}
