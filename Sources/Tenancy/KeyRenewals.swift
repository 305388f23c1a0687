public import Domain
internal import Synchronization

/// Keys that were met under the pepper before, with what they hash to under the present one: to be kept so.
public final class KeyRenewals: Sendable {
    private let hashes = Mutex<[KeyID: KeyHash]>([:])

    /// None so far.
    init() {}

    /// Notes that the key `id` was used, whose hash is now `hash`.
    func note(_ id: KeyID, _ hash: KeyHash) { hashes.withLock { $0[id] = hash } }

    /// What was noted since the last time.
    public func take() -> [KeyID: KeyHash] {
        hashes.withLock { hashes in
            defer { hashes = [:] }
            return hashes
        }
    }
}
