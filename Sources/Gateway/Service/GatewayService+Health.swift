internal import Configuration
internal import Domain
internal import Logging
internal import Reactor
internal import Routing

extension GatewayService {
    /// How often slots are offered that models have got back, and how many such turns pass between two looks at who is slow.
    private static let turn = Duration.milliseconds(250)
    private static let turnsPerLook = 20

    /// Does what health needs time for, until cancelled: slots that grow back wake who waits, slow models are ejected.
    func keepHealthy() async {
        var turns = 0
        while true {
            do {
                try await Task.sleep(for: Self.turn)
            } catch {
                return
            }
            let policy = policy
            policy.admission.offerFreeSlots()
            turns += 1
            if turns.isMultiple(of: Self.turnsPerLook) { ejectSlowModels(policy) }
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
