internal import Budgets
internal import Domain
internal import Reactor
internal import Routing
internal import Tenancy
internal import Wire

/// The choice of models: scored, filtered by what budgets leave, and made anew where that may help.
extension Inference {
    /// Decides and sends; decides anew where others have emptied a budget, or opened a circuit, in between.
    func decideAndDispatch(
        _ incoming: Incoming,
        _ wishes: RoutingWishes,
        _ record: RequestRecord
    ) async throws(GatewayError) -> Answer {
        let latest = worker.loop.now.advanced(by: policy.timeLimits.queue)
        try await score(incoming, wishes, record)
        while true {
            let decision = try await decideWhenPossible(incoming, wishes, record, until: latest)
            if incoming.isSimple { return simpleReport(decision, incoming.options) }
            if incoming.isDryRun { return dryRunReport(decision, record) }
            if let refusal = decision.refusal {
                throw .notRouted(refusal, explanation: decision.explanation(in: policy.catalogue))
            }
            if service.cache != nil, incoming.request.isDeterministic { record.streamed = [] }
            do throws(GatewayError) {
                return try await dispatch(incoming, decision, priority: wishes.priority, record)
            } catch {
                guard record.attempts.isEmpty, worker.loop.now < latest else { throw error }
                switch error {
                case .overBudget, .notRouted(.unavailable, _): break
                default: throw error
                }
            }
        }
    }

    /// Decides, again and again while nothing will do yet and something may soon: a model that rests, or a budget that
    /// requests under way hold.
    ///
    /// Soon means within the time that a request may wait for a slot.
    private func decideWhenPossible(
        _ incoming: Incoming,
        _ wishes: RoutingWishes,
        _ record: RequestRecord,
        until latest: Instant
    ) async throws(GatewayError) -> Decision {
        let began = worker.loop.now
        while true {
            let decision = decide(incoming, wishes, record)
            guard incoming.isExecuted, let refusal = decision.refusal,
                let again = try nextTry(after: refusal, decision, incoming, record, until: latest)
            else { return decision }
            do throws(IOError) {
                try await worker.loop.sleep(until: again)
            } catch {
                throw .clientClosed
            }
            record.queued = began.duration(to: worker.loop.now)
        }
    }

    /// When a decision that was refused may turn out otherwise; `nil` if that is not known, or after `latest`.
    private func nextTry(
        after refusal: Refusal,
        _ decision: Decision,
        _ incoming: Incoming,
        _ record: RequestRecord,
        until latest: Instant
    ) throws(GatewayError) -> Instant? {
        switch refusal {
        case .unavailable(let until?) where until <= latest.nanoseconds: return Instant(nanoseconds: until)
        case .unavailable, .unserved, .constrained: return nil
        case .overBudget:
            let soon = worker.loop.now.advanced(by: .milliseconds(20))
            record.shortModels = []
            guard let shortfall = shortfall(decision, incoming, record) else { return soon }
            // When the database comes back nobody knows.
            guard shortfall.isPassing, !shortfall.isSuspended, soon < latest else { throw .overBudget(shortfall) }
            return soon
        }
    }

    /// Scores the prompt and chooses the models to try.
    @inline(never)
    private func decide(_ incoming: Incoming, _ wishes: RoutingWishes, _ record: RequestRecord) -> Decision {
        var (asked, complexity) = policy.routingRequest(incoming.request, wishes: wishes, opinion: record.opinion)
        if wishes.pinned == nil, asked.endpoint != .embeddings {
            asked.lengths = lengths(incoming.request, asked.capability, record)
        }
        let explicit = policy.explicitConstraints(wishes)
        let (purse, latencyMax) = purse(incoming.request, record)
        asked.purse = purse
        if let latencyMax {
            asked.constraints.maxLatency = min(asked.constraints.maxLatency ?? latencyMax, latencyMax)
        }
        record.complexity = complexity
        place(incoming, wishes, &asked, record)
        consult(wishes.chooser, &asked, record)
        let capability = incoming.options?.capability
        var decision = worker.decide(
            &asked,
            explicit: explicit,
            capability: capability,
            by: policy,
            isDryRun: !incoming.isExecuted
        )
        if let named = wishes.fallbacks {
            let standBy = policy.usable(named, for: asked, now: worker.loop.now)
            if case .unavailable? = decision.refusal, let first = standBy.first {
                // The model that the client wants is away, but it has said what will do instead.
                asked.only = [policy.catalogue.models[first].id]
                decision = worker.decide(
                    &asked,
                    explicit: explicit,
                    capability: capability,
                    by: policy,
                    isDryRun: !incoming.isExecuted
                )
            }
            decision.fallbacks = standBy.filter { $0 != decision.choice }
        }
        record.limits = wishes.constraints
        record.capability = asked.capability
        record.decision = decision
        record.chosen = decision.choice.map { policy.backends[$0] }
        return decision
    }
}
