internal import Accounting
internal import Configuration
internal import Domain
internal import Ledger
internal import Logging
internal import Planning
internal import Synchronization

/// A plan: made, kept, and put in force.
extension PlanKeeper {
    /// Plans beyond so many are forgotten.
    private static var plansMax: Int { 1000 }

    /// Makes one from what the ledger has; where that can't be done, says why, and the last one goes on.
    func plan(
        for reason: Reason,
        _ settings: Settings.Planner,
        _ fleet: PlannedFleet,
        _ policy: Policy,
        _ book: IntensityBook,
        now: Int64
    ) throws(ControlError) {
        let hour = Int(now / 3_600_000)
        let first = hour - settings.historyDays * 24
        let rows = try control.demand(in: first..<hour)
        let grids = PlannedGrids(settings, fleet, policy)
        let draft: PlanDraft
        do throws(PlanningError) {
            draft = try PlanDraft(
                settings,
                fleet: fleet,
                from: hour,
                demand: DemandOutlook(
                    from: hour,
                    passed: Double(now % 3_600_000) / 3_600_000,
                    horizon: settings.plannedHours,
                    back: settings.validityHours - 1,
                    rows: rows,
                    seen: quotas.seen(in: hour),
                    fleet: fleet,
                    models: Dictionary(policy.catalogue.models.enumerated().map { ($1.id, $0) }) { first, _ in first }
                ),
                grids: grids.grids.map { ($0.name, outlook(of: $0, settings, policy, book, from: hour)) },
                // Two weeks: prices, models and prompts change.
                rates: policy.rates(of: fleet, on: grids, seen: rows.filter { $0.hour >= hour - 336 })
            )
        } catch {
            return fail(error.message)
        }
        let old = quotas.quotas
        let hysteresis = reason == .settings ? -1 : settings.hysteresis
        let placed = quotas.placed(in: hour)
        func numbered(_ number: Int64) -> Quotas {
            draft.quotas(plan: number, madeAt: now, reason: reason.rawValue)
                .keeping(hour, of: old, unlessBeyond: hysteresis)
                .resuming(hour, after: placed)
        }
        let number = try control.keepPlan(
            madeAt: now,
            reason: reason.rawValue,
            plansMax: Self.plansMax,
            document: { draft.document(of: numbered($0)) },
            shares: { numbered($0).shares(of: hour) }
        )
        let expected = draft.expected(numbered(number))
        quotas.replace(numbered(number))
        try control.prunePlans(before: first - settings.validityHours)
        state.withLock { state in
            state.settings = settings
            state.fleet = fleet
            state.plannedAt = now
            state.foreseen = Dictionary(
                zip(grids.grids, draft.grids).compactMap { grid, named in
                    if case .zone(let zone) = grid { (zone, named.outlook.values) } else { nil }
                }
            ) { first, _ in first }
            state.keptHour = hour
            state.report.made[reason, default: 0] += 1
            state.report.lastFailure = nil
            state.report.seconds = draft.plan.effort.seconds
            state.report.gap = draft.plan.gap
            state.report.expected = expected
            state.report.unit = draft.plan.goal.metric.unit
        }
        log.debug("planned", metadata: ["plan": "\(number)", "reason": "\(reason.rawValue)"])
    }

    /// What a grid is expected to emit.
    private func outlook(
        of grid: PlannedGrids.Grid,
        _ settings: Settings.Planner,
        _ policy: Policy,
        _ book: IntensityBook,
        from hour: Int
    ) -> IntensityOutlook {
        switch grid {
        case .zone(let zone):
            IntensityOutlook(
                from: hour,
                horizon: settings.plannedHours,
                history: state.withLock { $0.intensities[zone] } ?? [:],
                series: book.series(of: zone),
                now: policy.intensity(of: zone).central
            )
        case .constant(let grams):
            IntensityOutlook(from: hour, horizon: settings.plannedHours, history: [:], series: nil, now: grams)
        }
    }

    /// Notes what the plan in force wants of an hour that has begun, to be held against what comes.
    func keepShares(of hour: Int) throws(ControlError) {
        guard let quotas = quotas.quotas, state.withLock({ $0.keptHour != hour }) else { return }
        try control.keepShares(quotas.shares(of: hour))
        state.withLock { $0.keptHour = hour }
    }

    func fail(_ reason: String) {
        let isNew = state.withLock { state in
            defer { state.report.lastFailure = reason }
            state.report.failures += 1
            return state.report.lastFailure != reason
        }
        guard isNew else { return }
        let goesOn = quotas.quotas == nil ? "requests are held to none" : "the last one goes on"
        log.warning("no plan can be made, and \(goesOn)", metadata: ["reason": "\(reason)"])
    }
}

extension Quotas {
    /// What it wants of an hour, as the ledger keeps it.
    func shares(of hour: Int) -> [PlannedShare] {
        groups.indices.flatMap { group in
            zip(tiers, sharesInAll(hour: hour, group: group)).map { tier, share in
                PlannedShare(
                    hour: hour,
                    group: groups[group],
                    tier: tier,
                    plan: plan,
                    share: share,
                    expectedRequests: demand(hour: hour, group: group)
                )
            }
        }
    }
}
