internal import Domain
internal import Ledger
internal import Logging
internal import Reactor
internal import Tenancy
internal import Wire

/// A pepper takes another's place without anybody's getting another key: each is hashed anew once its text is shown.
extension GatewayService {
    /// Keeps the keys that were used under their new hashes, again and again, until cancelled.
    func renewKeys() async {
        while true {
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                return
            }
            for (id, hash) in hasher.renewals.take() { await renew(id, hash) }
        }
    }

    private func renew(_ id: KeyID, _ hash: KeyHash) async {
        do throws(APIError) {
            _ = try await change { _, next throws(APIError) -> KeyRecord? in
                guard
                    let index = next.keys.firstIndex(where: { $0.id == id && $0.pepperMark == hasher.previous?.mark })
                else { return nil }
                next.keys[index].renew(hash, pepperMark: hasher.mark)
                return next.keys[index]
            } _: { renewed, control async throws(ControlError) in
                guard let renewed else { return }
                try await control.replace(renewed, by: "gateway", at: WallClock.unixMilliseconds)
            }
            let left = policy.keys.formerKeys.count
            log.info("key \(id) is hashed under the new pepper; \(left) are left under the one before")
        } catch {
            log.warning("key \(id) stays hashed under the pepper before: \(error.message)")
        }
    }
}
