internal import Configuration
internal import Domain
internal import Reactor
internal import Routing
internal import Upstream

/// Asks backends whether they are well, so that no request has to find out.
struct HealthChecks {
    private let service: GatewayService
    /// When each model was last asked.
    private var askedAt: [ModelID: Instant] = [:]

    init(of service: GatewayService) { self.service = service }

    /// Begins the checks that are due, each as a task of `group`.
    mutating func begin(by policy: Policy, in group: inout DiscardingTaskGroup) {
        let now = Instant.now
        for (index, model) in policy.catalogue.models.enumerated() {
            guard let check = model.healthCheck, isDue(check, model.id, index, policy, now),
                let permit = policy.fleet.admitCheck(index, now: now.nanoseconds)
            else { continue }
            askedAt[model.id] = now
            group.addTask { [service] in await service.check(index, check, permit, by: policy) }
        }
    }

    /// One whose circuit is not closed is asked as soon as that lets a probe through.
    private func isDue(_ check: HealthCheck, _ id: ModelID, _ index: Int, _ policy: Policy, _ now: Instant) -> Bool {
        guard policy.fleet.availability(index, now: now.nanoseconds) != .switchedOff else { return false }
        guard policy.fleet.isClosed(index, now: now.nanoseconds) else { return true }
        return check.isContinuous && askedAt[id].map { $0.duration(to: now) >= check.interval } ?? check.isContinuous
    }
}

extension GatewayService {
    /// One check; wakes who waits for the model if it is well again.
    fileprivate func check(
        _ index: Int,
        _ check: HealthCheck,
        _ permit: CircuitBreaker.Permit,
        by policy: Policy
    ) async {
        let backend = policy.backends[index]
        let request = UpstreamRequest(
            origin: backend.origin,
            method: .get,
            path: check.path,
            headerLines: backend.keyLine(at: backend.origin),
            transport: backend.transport
        )
        let answer = await answer(to: request, within: check.timeout)
        // One that was called off, as the service drains, says nothing.
        let isWell: Bool? = if case .success = answer { true } else { Task.isCancelled ? nil : false }
        policy.fleet.settleCheck(
            index,
            permit,
            isWell: isWell,
            interval: check.interval,
            now: Instant.now.nanoseconds
        )
        guard isWell != nil else { return }
        let fault: String? = if case .failure(let error) = answer { "\(error)" } else { nil }
        workerWatch.note(fault, reading: .health, of: backend.model.id)
        if permit.isProbe, fault == nil { policy.admission.offerFreeSlots() }
    }
}
