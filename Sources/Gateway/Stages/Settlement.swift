internal import Accounting
internal import Domain
internal import Ledger
internal import Reactor
internal import Routing
internal import Tenancy
internal import Wire

extension RequestRecord {
    /// Adds up what every attempt used and cost, and says how the request ended.
    func settle(_ result: Result<Answer, GatewayError>) {
        isSettled = true
        for attempt in attempts {
            usage = usage + attempt.usage
            cost += attempt.cost
        }
        switch result {
        case .success(.whole(let status, _, _)):
            self.status = status
            outcome = isDecision ? .decided : status < 400 ? outcomeOfAnswer : .invalid
        case .success(.stream):
            status = 200
            outcome = outcomeOfAnswer
        case .failure(.clientClosed):
            status = isStarted ? 200 : 499
            outcome = .clientClosed
        case .failure(let failure):
            status = isStarted ? 200 : failure.response.status
            outcome = failure.outcome
            error = failure.response.code ?? failure.response.type
        }
    }

    private var outcomeOfAnswer: Outcome {
        switch sharedBy {
        case nil: .completed
        case .cache: .cacheHit
        case .coalesced: .coalesced
        }
    }

    private func overhead(until end: Instant) -> Duration {
        max(receivedAt.duration(to: end) - upstreamDuration - queued, .zero)
    }

    /// The ledger's row for the request and those for its attempts.
    func ledgerEntry(by policy: Policy, at end: Instant) -> LedgerEntry {
        var row = RequestRow(id: id, tenant: client.payer.organisation, endpoint: endpoint.rawValue)
        row.team = client.payer.team
        row.keyID = client.payer.key?.rawValue
        row.strategy = strategy?.rawValue ?? ""
        row.requestedModel = requestedModel
        row.capability = capability
        if let decision, let chosen {
            row.chosenModel = chosen.model.id
            row.propensity = decision.propensity
        }
        row.modelUsed = model?.id
        row.provider = model?.provider
        row.isSimulated = model?.provider == .simulated
        row.isStreamed = isStream
        row.outcome = outcome
        row.status = status
        row.errorKind = error.isEmpty ? nil : error
        row.usage = usage
        row.priceVersion = priceVersion
        row.cost = cost
        row.energyJoules = attempts.reduce(Energy.zero) { $0 + $1.energy }.joules
        row.carbon = attempts.reduce(Carbon.zero) { $0 + $1.carbon.central }
        row.durationMicroseconds = receivedAt.duration(to: end).microseconds
        row.timeToFirstTokenMicroseconds = firstTokenAt.map { receivedAt.duration(to: $0).microseconds }
        row.upstreamMicroseconds = upstreamDuration.microseconds
        row.overheadMicroseconds = overhead(until: end).microseconds
        row.queueMicroseconds = queued.microseconds
        row.tags = tags
        row.features = complexity?.json(self, in: policy.catalogue) ?? []
        row.candidates = decision?.candidatesJSON(in: policy.catalogue) ?? []
        row.quality = outcome.isAnswer ? backend?.model.quality : nil
        comparison = comparison ?? compared(by: policy)
        row.baseline = comparison?.baseline
        row.alternatives = comparison?.alternatives ?? []
        row.footprint = footprintRow
        row.planGroup = planGroup
        row.planTier = placement?.tier
        row.isWithinLimits = isWithinLimits(after: receivedAt.duration(to: end))
        return LedgerEntry(request: row, attempts: attempts.map { attemptRow($0) }, evidence: evidence)
    }

    /// Whether the answer kept to the client's limits on cost and latency; `nil` where it set none, or asked for none.
    private func isWithinLimits(after duration: Duration) -> Bool? {
        guard !isDecision, limits.maxCost != nil || limits.maxLatency != nil else { return nil }
        guard outcome.isAnswer else { return false }
        return limits.maxCost.map { cost <= $0 } ?? true && limits.maxLatency.map { duration <= $0 } ?? true
    }

    private func attemptRow(_ attempt: Attempt) -> AttemptRow {
        var row = AttemptRow(model: attempt.backend.model.id, outcome: attempt.outcome)
        row.status = attempt.status == 0 ? nil : attempt.status
        row.usage = attempt.usage
        row.cost = attempt.cost
        row.energyJoules = attempt.energy.joules
        row.carbon = attempt.carbon.central
        row.startedOffsetMicroseconds = receivedAt.duration(to: attempt.startedAt).microseconds
        row.durationMicroseconds = attempt.duration.microseconds
        row.timeToFirstByteMicroseconds = attempt.firstByte?.microseconds
        row.errorText = attempt.error.isEmpty ? nil : attempt.error
        return row
    }

    /// What the metrics need to know, when ``ledgerEntry(by:at:)`` has made its comparison.
    func finished(at end: Instant) -> FinishedRequest {
        FinishedRequest(
            endpoint: endpoint,
            model: model?.id ?? ModelID("none"),
            outcome: outcome,
            attempts: attempts.map { attempt in
                FinishedRequest.Attempt(
                    model: attempt.backend.model.id,
                    outcome: attempt.outcome,
                    isHedge: attempt.isHedge,
                    usage: attempt.usage,
                    cost: attempt.cost,
                    joules: attempt.energy.joules,
                    carbon: attempt.carbon
                )
            },
            duration: receivedAt.duration(to: end),
            queued: queued,
            timeToFirstToken: firstTokenAt.map { receivedAt.duration(to: $0) },
            pauses: pauses,
            overhead: overhead(until: end),
            otherCost: comparison?.baseline.cost ?? .zero,
            otherCarbon: comparison?.baseline.carbon ?? .zero,
            isWithinLimits: outcome == .invalid ? nil : isWithinLimits(after: receivedAt.duration(to: end)),
            cascade: cascade?.result,
            basis: basis
        )
    }
}

extension Duration {
    /// Whole microseconds.
    var microseconds: Int64 { nanoseconds / 1000 }
}
