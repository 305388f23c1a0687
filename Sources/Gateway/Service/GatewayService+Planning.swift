internal import Accounting
internal import Reactor

extension GatewayService {
    /// Begins to plan, on a queue of its own.
    func startPlanning() {
        planKeeper.start { [weak self] in self.map { ($0.policy, $0.grids.book) } }
    }

    /// What metrics tell of plans.
    var planMetrics: MetricsPage.Planning {
        let (served, moved) = quotas.tallies
        return MetricsPage.Planning(
            report: planKeeper.report,
            quotas: quotas.quotas,
            hour: Int(WallClock.unixMilliseconds / 3_600_000),
            served: served,
            moved: moved
        )
    }

    /// Plans at once, and returns why that failed, if it did.
    func planNow() async -> String? { await planKeeper.plan(policy, grids.book) }
}
