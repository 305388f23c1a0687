internal import Accounting
internal import Budgets
internal import Configuration
internal import Domain
internal import Ledger
internal import Reactor
internal import Routing
internal import Server
internal import Tenancy
internal import Wire

/// What is left to send once a backend has answered.
enum Answer {
    /// A whole answer, not yet sent.
    case whole(status: Int, contentType: [UInt8], body: [UInt8])
    /// The rest of a stream whose client has all else, and the events that end it.
    case stream(rest: [UInt8], ending: [UInt8])
}

/// Sends one request to the decision's models in turn until one answers, within one deadline.
///
/// A reference, as its relays hold it: as a value it would be copied into the frame of each function that waits.
final class Dispatch {
    let policy: Policy
    let spending: SpendControl
    let worker: Worker
    let exchange: Exchange
    /// What the client asked for.
    let original: InferenceRequest
    /// What the model that is tried is sent.
    private(set) var request: InferenceRequest
    /// Header lines for every backend.
    let fields: [UInt8]
    /// An event of the gateway's own that goes before a stream's first.
    let preface: [UInt8]
    let deadline: Instant
    /// Until when it may wait for a slot.
    let queueDeadline: Instant
    let priority: Int
    /// The models that have not been tried yet, in their order.
    var untried: [Int] = []
    /// Each model's last failure, the latest at the end.
    private var failed: [Failed] = []
    /// Why the last attempt gave no answer.
    var failure: Failed?
    /// What a stream that broke off leaves to be gone on with.
    var resumption: Resumption?
    /// Whether it may be gone on with, as far as what came tells.
    var isResumable = true
    /// What its answers have to pass; `nil` where any will do.
    let cascade: Cascade?

    init(
        policy: Policy,
        spending: SpendControl,
        worker: Worker,
        exchange: Exchange,
        request: InferenceRequest,
        fields: [UInt8],
        preface: [UInt8],
        deadline: Instant,
        queueDeadline: Instant,
        priority: Int,
        cascade: Cascade?
    ) {
        self.policy = policy
        self.spending = spending
        self.worker = worker
        self.exchange = exchange
        original = request
        self.request = request
        self.fields = fields
        self.preface = preface
        self.deadline = deadline
        self.queueDeadline = queueDeadline
        self.priority = priority
        self.cascade = cascade
    }

    /// What became of a model that was tried.
    struct Failed {
        let index: Int
        let failure: AttemptFailure
    }

    /// What one call of a model needs: a slot, and its circuit's leave.
    struct Pass {
        let index: Int
        let permit: CircuitBreaker.Permit
    }

    /// Tries the models in `order`, then, while attempts are left, those that may do better after a rest.
    func run(order: [Int], _ record: RequestRecord) async throws(GatewayError) -> Answer {
        policy.retries.deposit()
        policy.hedging?.attempts.deposit()
        untried = order
        while record.calls < policy.settings.routing.attemptsMax {
            if untried.isEmpty {
                guard resumption == nil, let index = try await rest(attempts: record.attempts.count) else { break }
                untried = [index]
            }
            guard record.attempts.isEmpty || policy.retries.withdraw(now: Instant.now) else { break }
            guard let pass = try await admit(untried, record) else {
                // All their circuits have opened meanwhile: those that have failed here may be worth waiting for.
                guard !failed.isEmpty, Instant.now < queueDeadline else { break }
                untried = []
                continue
            }
            untried.removeAll { $0 == pass.index }
            if resumption != nil { request = request(resumedBy: pass.index) ?? original }
            if let answer = await attempt(pass, record), let given = await cascaded(answer, record) { return given }
            if let until = leaseIsShort(pass.index, record) {
                try await awaitLease(until: until)
                continue
            }
            guard noteFailure() || resume(record) else { break }
        }
        throw lastReason(attempts: record.attempts.count)
    }

    // Not inlined, these and ``firstRested(attempts:)``: failures are large, and would lie in a frame that waits.

    @inline(never)
    private func noteFailure() -> Bool { failure.map(note) ?? false }

    /// Takes note of a failure and of where its remedy lies; whether another attempt may do better.
    @inline(never)
    @discardableResult
    func note(_ failure: Failed) -> Bool {
        let remedy = remedy(failure)
        // Only a model's last failure says when, and whether, it may be tried again.
        failed.removeAll { $0.index == failure.index }
        if remedy.elsewhere == .largerContext {
            let models = policy.catalogue.models
            let isTooSmall = { (index: Int) in models[index].contextWindow <= models[failure.index].contextWindow }
            untried.removeAll(where: isTooSmall)
            failed.removeAll { isTooSmall($0.index) }
        }
        failed.append(failure)
        coolDown(failure)
        return remedy.allowsAnotherAttempt
    }

    @inline(never)
    private func lastReason(attempts: Int) -> GatewayError {
        // What a backend said tells more than that a budget did not reach for another one.
        guard let last = failed.last(where: { !$0.failure.isOwn }) ?? failed.last else {
            return .notRouted(.unavailable(until: nil), explanation: "the circuits of all suitable models are open")
        }
        switch last.failure {
        case .clientClosed: return .clientClosed
        case .deadlinePassed: return .deadlinePassed
        case .overBudget(let shortfall): return .overBudget(shortfall)
        case .throttled(let throttling): return .throttled(throttling)
        default:
            let model = policy.catalogue.models[last.index].id
            return .attemptsFailed(model: model, failure: last.failure, attempts: attempts)
        }
    }

    private func remedy(_ failed: Failed) -> Remedy { policy.failures.remedy(for: failed.failure.failureClass) }

    /// Takes a slot of one of `indices` whose circuit lets a call through; `nil` if none does.
    private func admit(_ indices: [Int], _ record: RequestRecord) async throws(GatewayError) -> Pass? {
        var indices = indices
        while !indices.isEmpty {
            let index = try await slot(of: indices, record)
            // Only now, with the slot: a probe must not wait while all others wait for it.
            if let permit = policy.fleet.admit(index, now: Instant.now.nanoseconds) {
                return Pass(index: index, permit: permit)
            }
            policy.admission.release(index)
            indices.removeAll { $0 == index }
        }
        return nil
    }

    /// Takes a slot of one of `indices`, the first one preferred; waits where all are full.
    private func slot(of indices: [Int], _ record: RequestRecord) async throws(GatewayError) -> Int {
        if let index = indices.first(where: policy.admission.tryAcquire) { return index }
        let began = Instant.now
        defer {
            record.queued += began.duration(to: Instant.now)
            record.headroom = nil
        }
        do throws(Admission.Refusal) {
            return try await policy.admission.acquire(
                anyOf: indices,
                flow: SlotQueue.Flow(key: record.client.payer.key, weight: record.client.policy.weight),
                priority: priority,
                until: min(queueDeadline, deadline),
                on: worker.loop
            )
        } catch {
            switch error {
            case .queueFull: throw .overloaded(isQueueFull: true)
            case .timedOut: throw .overloaded(isQueueFull: false)
            case .cancelled: throw .clientClosed
            }
        }
    }

    /// One call of one backend, and a second one beside it if it is late and hedged.
    func attempt(_ pass: Pass, _ record: RequestRecord) async -> Answer? {
        guard let relay = begin(pass, record) else { return nil }
        guard resumption == nil, let delay = hedgeDelay(pass.index) else { return await complete(relay, record) }
        return await Race(of: relay, hedgingAfter: delay, for: self, record).run()
    }

    /// Runs an attempt that has begun to its end; its slot is given back, and its circuit hears what became of the call.
    ///
    /// Inlined, and why it failed goes by way of ``failure``: errors are large, and would lie in each frame that waits.
    @inline(__always)
    func complete(_ relay: Relay, _ record: RequestRecord) async -> Answer? {
        if relay.allowance != nil, policy.isStrict { await journal(relay, record) }
        do throws(AttemptFailure) {
            let answer = try await relay.run(record)
            end(relay, nil, record)
            return answer
        } catch {
            end(relay, error, record)
            return nil
        }
    }

    /// Leaves a backend alone for as long as it asked, where it is not its circuit that does.
    private func coolDown(_ failed: Failed) {
        guard let asked = failed.failure.retryAfter, !remedy(failed).countsAgainstHealth else { return }
        let rest = min(asked, .seconds(policy.settings.routing.coolDownSecondsMax))
        policy.fleet.coolDown(failed.index, until: Instant.now.advanced(by: rest).nanoseconds)
    }

    /// Waits until one of the models that failed may be tried again, and names it; `nil` if that would be too late.
    private func rest(attempts: Int) async throws(GatewayError) -> Int? {
        guard let again = firstRested(attempts: attempts) else { return nil }
        do throws(IOError) {
            try await worker.loop.sleep(until: again.at)
        } catch {
            throw .clientClosed
        }
        return again.index
    }

    /// Which of the models that failed may be tried again first, and when; `nil` if that would be too late.
    @inline(never)
    private func firstRested(attempts: Int) -> (index: Int, at: Instant)? {
        let now = Instant.now
        // 0.25 s, 0.5 s, 1 s …: half of what the SDKs wait, since a client waits behind this gateway.
        let backoff = Duration.milliseconds(250 << min(attempts - 1, 6))
        let again = failed.filter { remedy($0).allowsSameModel }
            .map { failed in
                let rested = now.advanced(by: failed.failure.retryAfter ?? backoff)
                return (index: failed.index, at: max(rested, opening(of: failed.index, now)))
            }
            .min { $0.at < $1.at }
        let latest = min(deadline, now.advanced(by: .seconds(policy.settings.routing.retryWaitSecondsMax)))
        return again.flatMap { $0.at < latest ? $0 : nil }
    }

    /// When the circuit of the model at `index` may let a call through.
    private func opening(of index: Int, _ now: Instant) -> Instant {
        switch policy.fleet.availability(index, now: now.nanoseconds) {
        case .open(let until), .probing(let until): Instant(nanoseconds: until)
        case .available, .coolingDown, .switchedOff: now
        }
    }
}
