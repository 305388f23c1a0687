internal import Configuration
internal import Domain
internal import Logging
internal import Reactor
internal import Routing

extension GatewayService {
    /// How often slots are offered that models get back in `health.slow_start_seconds`, and the rest is looked after.
    ///
    /// Who waits for a slot that a request gives back is woken at once; this is for slots that nobody gives back. A
    /// quarter of a second is a fortieth of the usual slow start: finer than a slot of most models.
    private static let turn = Duration.milliseconds(250)

    /// Does what health needs time for, until cancelled: slots that grow back wake who waits, models are asked whether
    /// they are well, slow ones are ejected.
    func keepHealthy() async {
        await withDiscardingTaskGroup { group in
            var checks = HealthChecks(of: self)
            var lastLook = Instant.now
            while true {
                do {
                    try await Task.sleep(for: Self.turn)
                } catch {
                    return
                }
                let policy = policy
                policy.admission.offerFreeSlots()
                checks.begin(by: policy, in: &group)
                guard lastLook.duration(to: .now) >= .seconds(policy.settings.health.outlierSeconds) else { continue }
                lastLook = .now
                ejectSlowModels(policy)
            }
        }
    }

    private func ejectSlowModels(_ policy: Policy) {
        for index in policy.fleet.ejectOutliers(now: Instant.now.nanoseconds) {
            log.warning(
                "a model has become slow and is left alone",
                metadata: [
                    "model": "\(policy.catalogue.models[index].id)",
                    "seconds": "\(policy.settings.health.ejectionSeconds)",
                ]
            )
        }
    }
}
