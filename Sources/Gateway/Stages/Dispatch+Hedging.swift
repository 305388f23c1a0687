internal import Configuration
internal import Domain
internal import Reactor
internal import Routing
internal import Wire

/// When an attempt is late, and what is sent beside it.
extension Dispatch {
    /// How long to wait for the model at `index` before a second attempt; `nil` where there is to be none.
    @inline(never)
    func hedgeDelay(_ index: Int) -> Duration? {
        guard let hedging = policy.hedging else { return nil }
        return policy.fleet.hedgeDelay(index, ofStream: request.streams, by: hedging.policy)
    }

    /// Begins a second attempt beside `first`, which is late: at the next model, or at the same one if there is no other.
    ///
    /// `nil` where it is not worth its price, or takes more than the attempts, the client's limit, the budgets or the
    /// share of hedged requests allow: what is a convenience takes nothing from others, and never waits for a slot.
    func beginHedge(beside first: Relay, _ record: RequestRecord) -> Relay? {
        guard let hedging = policy.hedging, record.calls + first.callsMax < policy.settings.routing.attemptsMax,
            let pass = hedgePass(beside: first)
        else { return nil }
        guard isWorthwhile(pass.index, beside: first, record), hedging.attempts.withdraw(now: Instant.now) else {
            giveBack(pass, .neutral)
            return nil
        }
        // What budgets left when the models were chosen is long ago.
        record.headroom = nil
        // A budget or a rate limit may have no room for it: nothing is sent then, and the first may well answer.
        guard let relay = begin(pass, record, beside: first) else { return nil }
        untried.removeAll { $0 == pass.index }
        record.isHedged = true
        return relay
    }

    /// The right to a call that may save time: of a model that is well and has a slot.
    private func hedgePass(beside first: Relay) -> Pass? { freePass(of: untried.isEmpty ? [first.index] : untried) }

    /// The right to a call of the first of these models that is well and has a slot now.
    func freePass(of choice: [Int]) -> Pass? {
        let now = Instant.now.nanoseconds
        let isFree = { [policy] (index: Int) in
            policy.fleet.availability(index, now: now) == .available && policy.admission.tryAcquire(index)
        }
        guard let index = choice.first(where: isFree) else { return nil }
        guard let permit = policy.fleet.admit(index, now: now) else {
            policy.admission.release(index)
            return nil
        }
        return Pass(index: index, permit: permit)
    }

    private func isWorthwhile(_ index: Int, beside first: Relay, _ record: RequestRecord) -> Bool {
        guard let hedging = policy.hedging else { return false }
        let saving = policy.fleet.hedgeSaving(
            first.index,
            index,
            ofStream: request.streams,
            after: first.startedAt.duration(to: Instant.now),
            by: hedging.policy
        )
        return hedging.policy.isWorthwhile(
            price: record.decision?.candidates[index].expectedCost ?? .zero,
            available: record.limits.maxCost.map { $0 - record.expectedCost },
            saving: saving
        )
    }
}
