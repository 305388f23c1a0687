internal import Accounting
internal import Budgets
internal import Configuration
internal import Domain
internal import Ledger
internal import Reactor
internal import Routing
internal import Tenancy
internal import Wire

/// Another configuration tried on requests that have been decided: what would have changed.
///
/// Each request is decided twice, by the policy in force and by the other one, with the same chance and with the models'
/// statistics as they are now, all of them at rest and well. What differs then is the configuration's doing alone. How often
/// the first of the two is what was chosen when the request came tells how far this can be trusted. Budgets and rate limits
/// play no part: what was spent would have been another sum.
struct ConfigurationTrial {
    /// What became of a request.
    enum Verdict: Hashable {
        case chosen(Choice)
        /// Nobody would have served it; why.
        case refused(String)
        /// That cannot be told from the ledger.
        case unknown(Unknown)
    }

    /// A model, and what was expected of it.
    struct Choice: Hashable {
        let model: ModelID
        let cost: Money
        let carbon: Carbon
        let quality: Double
        /// For people.
        let explanation: String
    }

    /// Why it cannot be told how a request would be decided.
    enum Unknown: String, CaseIterable, Hashable {
        /// The ledger's row is of a version that did not note what was asked.
        case notNoted = "not_noted"
        /// A router that has not read its prompt has the say.
        case unread
        /// A router that chooses by itself has the say.
        case chooser
    }

    let current: Policy
    let next: Policy
    /// How long answers usually are.
    let lengths: OutputLengthModel

    /// Decides the requests of `rows` again.
    func run(_ rows: [RequestRow]) -> TrialReport {
        let now = Instant.now.nanoseconds
        let known = current.fleet.snapshot(now: now).models
        let byModel = Dictionary(zip(current.catalogue.models.map(\.id), known)) { first, _ in first }
        let fleets = [current, next].map { policy in
            let fresh = policy.fleet.snapshot(now: now)
            let models = zip(policy.catalogue.models, fresh.models).map { model, fresh in
                (byModel[model.id] ?? fresh).atRest(isOn: policy.configuration.hasKey(for: model))
            }
            return FleetSnapshot(models: models, turn: fresh.turn)
        }
        var report = TrialReport()
        for row in rows {
            guard let past = PastRequest(row) else {
                report.note(row, .unknown(.notNoted), .unknown(.notNoted))
                continue
            }
            report.note(row, verdict(on: past, by: current, fleets[0]), verdict(on: past, by: next, fleets[1]))
        }
        return report
    }

    private func verdict(on past: PastRequest, by policy: Policy, _ fleet: FleetSnapshot) -> Verdict {
        let client: Client
        switch policy.keys.client(of: past.row.keyID.map(KeyID.init(rawValue:))) {
        case .success(let found): client = found
        case .failure: return .refused("its key is not in force")
        }
        let wishes: RoutingWishes
        do throws(GatewayError) {
            wishes = try policy.wishes(model: past.row.requestedModel, options: past.options, of: client)
        } catch {
            return .refused(error.response.message)
        }
        if wishes.chooser != nil { return .unknown(.chooser) }
        let look: PromptLook?
        switch policy.look(of: past, wishes) {
        case .success(let found): look = found
        case .failure(let unknown): return .unknown(unknown)
        }
        return verdict(on: past, wishes, look, of: client, by: policy, fleet)
    }

    private func verdict(
        on past: PastRequest,
        _ wishes: RoutingWishes,
        _ look: PromptLook?,
        of client: Client,
        by policy: Policy,
        _ fleet: FleetSnapshot
    ) -> Verdict {
        var asked = policy.routingRequest(past.asked, wishes: wishes, look: look)
        if look != nil {
            asked.lengths = policy.lengths(
                of: past.asked,
                asked.capability,
                key: client.payer.key,
                ratio: past.opinion?.lengthRatio,
                usual: lengths
            )
        }
        if policy.settings.planner.mode == .enforce, let fleet = policy.plannedFleet, let placement = past.placement {
            policy.hold(&asked, to: placement, of: fleet, wishes)
        }
        let explicit = policy.explicitConstraints(wishes)
        let router = policy.router
        let decision = router.decide(&asked, explicit: explicit, capability: past.options?.capability) {
            router.decide($0, fleet: fleet, draw: past.draw)
        }
        let explanation = decision.explanation(in: policy.catalogue)
        guard let choice = decision.choice else { return .refused(explanation) }
        let candidate = decision.candidates[choice]
        return .chosen(
            Choice(
                model: policy.catalogue.models[choice].id,
                cost: candidate.expectedCost,
                carbon: candidate.carbon.central,
                quality: candidate.quality,
                explanation: explanation
            )
        )
    }
}

extension ConfigurationTrial.Unknown: Error {}

extension Policy {
    /// What was to be told of a prompt whose text is gone; `nil` where nobody asks.
    fileprivate func look(
        of past: PastRequest,
        _ wishes: RoutingWishes
    ) -> Result<PromptLook?, ConfigurationTrial.Unknown> {
        guard wishes.pinned == nil, past.asked.endpoint != .embeddings else { return .success(nil) }
        guard let complexity = past.complexity else { return .failure(.notNoted) }
        var look = PromptLook(complexity: complexity, capability: past.row.capability ?? .general)
        guard let router = wishes.router else { return .success(look) }
        guard let opinion = past.opinion, opinion.router == router else { return .failure(.unread) }
        look.belief = PromptLook.Belief(
            qualities: catalogue.models.map { opinion.qualities[$0.id] ?? $0.quality },
            gates: nil,
            isSure: isSure(opinion.confidence, isOutOfDomain: opinion.isOutOfDomain)
        )
        return .success(look)
    }
}

extension ModelSnapshot {
    /// The same model with nothing to do and nothing against it but the operator.
    fileprivate func atRest(isOn: Bool) -> ModelSnapshot {
        ModelSnapshot(
            availability: isOn && availability != .switchedOff ? .available : .switchedOff,
            active: 0,
            slots: max(slots, 1),
            samples: samples,
            successRate: successRate,
            latency: latency,
            meanCost: meanCost
        )
    }
}
