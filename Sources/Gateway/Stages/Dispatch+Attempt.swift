internal import Accounting
internal import Budgets
internal import Configuration
internal import Domain
internal import Ledger
internal import Reactor
internal import Routing

/// The begin and the end of an attempt: what it takes of limits and budgets, and what it leaves in the accounts.
///
/// Neither is inlined: what they work with is large, and would lie in the frame that waits for the answer.
extension Dispatch {
    /// Takes what an attempt needs besides its pass; `nil`, with everything given back, where something is not to be had.
    ///
    /// `first` is the late attempt that this one is sent beside, if it is.
    @inline(never)
    func begin(
        _ pass: Pass,
        _ record: RequestRecord,
        beside first: Relay? = nil
    ) -> Relay? {
        let index = pass.index
        var ticket: RateTicket?
        let allowance: Allowance?
        do throws(AttemptFailure) {
            ticket = try self.ticket(index)
            allowance = try self.allowance(index, record, beside: first)
        } catch {
            if let ticket { spending.limiter.settle(ticket, tokens: 0, now: spending.now) }
            giveBack(pass, .neutral)
            failure = Failed(index: index, failure: error)
            return nil
        }
        let backend = policy.backends[index]
        let candidate = record.decision?.candidates[index]
        if first == nil {
            record.backend = backend
            record.allowance = allowance
            record.expectedCost = record.attempts.reduce(.zero) { $0 + $1.cost }
            record.expectedCarbon = record.carbon
        } else {
            record.hedgeAllowance = allowance
        }
        if allowance != nil, !policy.isStrict { worker.holds.add(record, now: worker.loop.now) }
        record.expectedCost += candidate?.expectedCost ?? .zero
        record.expectedCarbon = record.expectedCarbon + (candidate?.carbon ?? .zero)
        var attempt = RequestRecord.Attempt(
            backend: backend,
            startedAt: Instant.now,
            intensity: policy.router.outlooks[index].intensity
        )
        attempt.isHedge = first != nil
        attempt.number = record.attempts.count + record.underWay + 1
        attempt.traceLines = record.trace?.lines(calling: attempt.number, of: record.id, policy.settings.tracing) ?? []
        record.underWay += 1
        record.firstAttemptAt = record.firstAttemptAt ?? attempt.startedAt
        let callsBefore = record.calls + (first?.callsMax ?? 0)
        return Relay(
            dispatch: self,
            pass: pass,
            attempt: attempt,
            ticket: ticket,
            allowance: allowance,
            load: policy.beginLoad(index, at: attempt.startedAt),
            // The first attempt may, whatever the limit: a kept connection that was closed is nobody's failure.
            allowsResending: callsBefore == 0 || callsBefore + 1 < policy.settings.routing.attemptsMax
        )
    }

    /// Has the ledger know of what is held: whatever dies from now on, the call has a row.
    ///
    /// The attempt begins when that is done, so that no backend is blamed for a slow disk.
    @inline(never)
    func journal(_ relay: Relay, _ record: RequestRecord) async {
        await worker.holds.journal(record)
        let isFirst = record.firstAttemptAt == relay.attempt.startedAt
        relay.attempt.startedAt = Instant.now
        if isFirst { record.firstAttemptAt = relay.attempt.startedAt }
    }

    /// Charges the attempt, gives back what it did not take, and tells the statistics what became of it.
    @inline(never)
    func end(_ relay: Relay, _ failure: AttemptFailure?, _ record: RequestRecord) {
        let (index, end) = (relay.index, Instant.now)
        let failure = failure ?? (relay.commits() ? nil : .superseded)
        if let failure {
            self.failure = Failed(index: index, failure: failure)
            relay.attempt.outcome = failure.outcome
            relay.attempt.error = failure.message
        }
        if failure == nil { cascade?.note(relay) }
        relay.attempt.duration = relay.startedAt.duration(to: end)
        relay.attempt.calls = relay.calls
        relay.charge()
        relay.tellLatency()
        record.account(
            for: &relay.attempt,
            by: policy.footprints[index],
            load: policy.endLoad(relay.load, index, at: end),
            routerWatts: policy.settings.carbon.routerWatts
        )
        let charge = relay.attempt.charge
        relay.allowance?.settle(charge)
        record.spent += charge
        observe(index, relay.attempt)
        // The last one is always that which answered, or failed: what was called off in its favour goes before it.
        let answered =
            relay.attempt.outcome == .superseded ? record.attempts.lastIndex { $0.outcome == .completed } : nil
        record.attempts.insert(relay.attempt, at: answered ?? record.attempts.count)
        record.underWay -= 1
        if let ticket = relay.ticket {
            spending.limiter.settle(ticket, tokens: Int64(clamping: relay.attempt.usage.total), now: spending.now)
        }
        giveBack(relay.pass, failure.map(verdict) ?? .success)
    }

    /// Gives a slot back, with what became of the call that it was for.
    func giveBack(_ pass: Pass, _ verdict: CircuitBreaker.Verdict) {
        policy.fleet.settle(pass.index, pass.permit, verdict, now: Instant.now.nanoseconds)
        policy.admission.release(pass.index)
    }

    /// Lets the attempt in by the model's own rate limits; `nil` where it has none.
    private func ticket(_ index: Int) throws(AttemptFailure) -> RateTicket? {
        guard policy.limitedModels.contains(index) else { return nil }
        let limits = spending.limiter.limits(of: policy.catalogue.models[index].id)
        do throws(Throttling) {
            let tokens = Int64(clamping: policy.expectedTokens(request))
            return try spending.limiter.admit(tokens: tokens, by: limits, now: spending.now)
        } catch {
            throw .throttled(error)
        }
    }

    /// Holds what the attempt may take; `nil` where no budget can bind.
    private func allowance(
        _ index: Int,
        _ record: RequestRecord,
        beside first: Relay?
    ) throws(AttemptFailure) -> Allowance? {
        let allowance: Allowance?
        do throws(Shortfall) {
            allowance = try policy.allowance(index, for: request, record, by: spending)
        } catch {
            record.shortModels.insert(index)
            throw .overBudget(error)
        }
        // Nobody is helped by an answer that is early because a budget cuts it short.
        if let first, let limit = allowance?.outputLimit, limit < first.allowance?.outputLimit ?? .max {
            allowance?.settle(.zero)
            throw .superseded
        }
        return allowance
    }

    /// Tells the statistics, unless it was called off or the client asked for too much: that says nothing of the model.
    private func observe(_ index: Int, _ attempt: RequestRecord.Attempt) {
        guard ![.clientClosed, .superseded, .invalid].contains(attempt.outcome) else { return }
        policy.fleet.observe(
            index,
            latency: attempt.duration,
            cost: attempt.cost,
            succeeded: attempt.outcome == .completed
        )
    }

    /// What a failure says of the backend's health.
    private func verdict(on failure: AttemptFailure) -> CircuitBreaker.Verdict {
        let isItsFault = policy.failures.remedy(for: failure.failureClass).countsAgainstHealth
        return isItsFault ? .failure(retryAfter: failure.retryAfter) : .neutral
    }
}
