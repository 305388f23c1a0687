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
    /// Takes what an attempt needs besides its slot; throws, with everything given back, where something is not to be had.
    @inline(never)
    func begin(_ pass: Pass, _ record: RequestRecord) throws(AttemptFailure) -> Relay {
        let index = pass.index
        var ticket: RateTicket?
        let allowance: Allowance?
        do throws(AttemptFailure) {
            ticket = try self.ticket(index)
            allowance = try self.allowance(index, record)
        } catch {
            if let ticket { spending.limiter.settle(ticket, tokens: 0, now: spending.now) }
            policy.fleet.settle(index, pass.permit, .neutral, now: Instant.now.nanoseconds)
            throw error
        }
        let backend = policy.backends[index]
        record.backend = backend
        record.allowance = allowance
        if allowance != nil { worker.holds.add(record, now: worker.loop.now) }
        record.expectedCost = record.attempts.reduce(record.decision?.candidates[index].expectedCost ?? .zero) {
            $0 + $1.cost
        }
        record.expectedCarbon = record.carbon + (record.decision?.candidates[index].carbon ?? .zero)
        let attempt = RequestRecord.Attempt(
            backend: backend,
            startedAt: Instant.now,
            intensity: policy.router.outlooks[index].intensity
        )
        return Relay(
            dispatch: self,
            index: index,
            attempt: attempt,
            ticket: ticket,
            allowance: allowance,
            load: policy.beginLoad(index, at: attempt.startedAt),
            // The first attempt may, whatever the limit: a kept connection that was closed is nobody's failure.
            allowsResending: record.calls == 0 || record.calls + 1 < policy.settings.routing.attemptsMax
        )
    }

    /// Charges the attempt, gives back what it did not take, and tells the statistics what became of it.
    @inline(never)
    func end(_ relay: Relay, _ pass: Pass, _ failure: AttemptFailure?, _ record: RequestRecord) {
        let (index, end) = (pass.index, Instant.now)
        if let failure {
            relay.attempt.outcome = failure.outcome
            relay.attempt.error = failure.message
        }
        relay.attempt.duration = relay.startedAt.duration(to: end)
        relay.attempt.calls = relay.calls
        relay.charge()
        relay.tellSilence()
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
        record.attempts.append(relay.attempt)
        if let ticket = relay.ticket { spending.limiter.settle(ticket, tokens: record.lastTokens, now: spending.now) }
        let verdict = failure.map(verdict) ?? .success
        policy.fleet.settle(index, pass.permit, verdict, now: end.nanoseconds)
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
    private func allowance(_ index: Int, _ record: RequestRecord) throws(AttemptFailure) -> Allowance? {
        do throws(Shortfall) {
            return try policy.allowance(index, for: request, record, by: spending)
        } catch {
            record.shortModels.insert(index)
            throw .overBudget(error)
        }
    }

    /// Tells the statistics, unless the client went away or asked for too much: that says nothing of the model.
    private func observe(_ index: Int, _ attempt: RequestRecord.Attempt) {
        guard attempt.outcome != .clientClosed, attempt.outcome != .invalid else { return }
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
