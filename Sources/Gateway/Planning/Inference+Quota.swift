internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Reactor
internal import Routing
internal import Tenancy

/// Where a request stands in the plan: its group, and the tier that its quota gives it.
extension Inference {
    /// Places a request whose model is the gateway's to choose, once; `asked` is what would be decided without a plan.
    func place(_ incoming: Incoming, _ wishes: RoutingWishes, _ asked: inout RoutingRequest, _ record: RequestRecord) {
        guard let fleet = policy.plannedFleet, wishes.pinned == nil, asked.endpoint != .embeddings else { return }
        if record.planGroup == nil {
            let group = fleet.groups[
                fleet.group(of: record.client.payer, tags: record.tagNames, priority: wishes.priority)
            ]
            let hour = Int(WallClock.unixMilliseconds / 3_600_000)
            record.planGroup = group.id
            if incoming.isExecuted { service.quotas.count(group.id, hour: hour) }
            guard policy.settings.planner.mode == .enforce, !group.isExempt, fleet.hasChoice(among: asked.only, policy)
            else { return }
            record.placement = service.quotas.place(
                group: group.id,
                gain: gain(of: record, in: fleet),
                hour: hour,
                draw: .random(in: 0..<1, using: &worker.generator),
                isDryRun: !incoming.isExecuted
            )
        }
        if let placement = record.placement { policy.hold(&asked, to: placement, of: fleet, wishes) }
    }

    /// What the best tier is expected to do better than the lowest one for this prompt.
    ///
    /// Of a prompt that no router is sure about, the most: it had better get a model that can do everything. Where no
    /// router has learned, its complexity ranks it.
    private func gain(of record: RequestRecord, in fleet: PlannedFleet) -> Double {
        guard let opinion = record.opinion else { return record.complexity?.score ?? 0 }
        guard !policy.isUnsure(of: opinion) else { return 1 }
        func expected(_ rung: PlannedFleet.Rung?) -> Double {
            rung?.models.map { opinion.estimate.qualities[$0].expected }.max() ?? 0
        }
        return expected(fleet.rungs.last) - expected(fleet.rungs.first)
    }

    /// Tells the plan which tier has served the request in the end.
    func settlePlan(_ record: RequestRecord) {
        guard let group = record.planGroup, !record.isDecision, record.outcome == .completed,
            let tier = record.backend?.model.tier
        else { return }
        service.quotas.settle(record.placement, group: group, servedBy: tier)
    }
}

extension Policy {
    /// Has a request go by its place in the plan.
    func hold(
        _ asked: inout RoutingRequest,
        to placement: QuotaControl.Placement,
        of fleet: PlannedFleet,
        _ wishes: RoutingWishes
    ) {
        asked.tiers = placement.order
        asked.worth = worth(at: placement, in: fleet)
        // How much quality there is to be is the plan's to say: what a prompt seems to need decides its rank instead.
        asked.constraints.requiredQuality = explicitConstraints(wishes).requiredQuality
    }

    /// What the plan's shadow price makes money or emissions worth in quality, among models of one tier.
    ///
    /// No less than the settings say; `nil` where quality costs the plan nothing. A plan counts quality as tiers do, and scores are the models': between the lowest tier and the best one rises by as
    /// much as the other.
    func worth(at placement: QuotaControl.Placement, in fleet: PlannedFleet) -> UtilityWorth? {
        guard placement.price > 0, let lowest = fleet.rungs.first, let best = fleet.rungs.last else { return nil }
        let rise = max(best.score - lowest.score, 0) / (best.quality - lowest.quality)
        let worth = rise / placement.price
        var all = UtilityWorth(settings.routing.utility)
        switch settings.planner.metric {
        case .carbon: all.perGram = max(all.perGram, worth)
        case .energy: all.perGram = max(all.perGram, worth / max(placement.intensity, 1))
        case .money: all.perDollar = max(all.perDollar ?? 0, worth)
        }
        return all
    }
}

extension PlannedFleet {
    /// Whether models of two tiers are among those that a request may be given.
    func hasChoice(among only: [ModelID]?, _ policy: Policy) -> Bool {
        guard let only else { return true }
        let models = policy.catalogue.models
        return rungs.filter { rung in rung.models.contains { only.contains(models[$0].id) } }.count > 1
    }
}

extension QuotaControl.Placement {
    /// What the plan said, for the ledger and the answer of a decision.
    func write(to writer: inout JSONWriter) {
        writer.object("quota") { writer in
            writer.member("group", group)
            writer.member("plan", Int(plan))
            writer.member("tier", tier.rawValue)
            writer.member("gain", gain)
            writer.member("quality_price", price)
            writer.object("shares") { writer in
                for (tier, share) in zip(tiers, shares) {
                    writer.key(named: tier.rawValue)
                    writer.value(share)
                }
            }
        }
    }
}
