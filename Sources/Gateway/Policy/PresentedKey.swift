internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Reactor
internal import Tenancy
internal import Wire

extension KeyDirectory {
    /// The directory of what `configuration` declares and what the store has.
    ///
    /// Everyone is let in only where a key was never set up, and none is required.
    static func make(
        _ configuration: GatewayConfiguration,
        _ stored: ControlContents,
        _ hasher: KeyHasher
    ) throws(GatewayStartError) -> KeyDirectory {
        let settings = configuration.settings
        do throws(TenancyError) {
            return try KeyDirectory(
                organisations: configuration.organisations + stored.organisations,
                teams: configuration.teams + stored.teams,
                keys: configuration.declaredKeys(hasher) + stored.keys,
                hasher: hasher,
                isOpen: settings.keys.isEmpty && !stored.hasHadKeys && !settings.requireKeys
            )
        } catch {
            throw .tenancy(reason: "\(error)")
        }
    }

    /// The client that `fields` name by `Authorization: Bearer` or `api-key`.
    func client(of fields: HeaderFields) throws(APIError) -> Client {
        switch client(presented: fields.presentedKey, at: WallClock.unixMilliseconds) {
        case .success(let client): return client
        case .failure(.unknown): throw .invalidAPIKey
        // Only who has the key gets to know these.
        case .failure(.expired): throw .expiredAPIKey
        case .failure(.disabled): throw .disabledAPIKey
        }
    }
}

/// Whether both are the same bytes, in a time that depends on the lengths alone.
func isEqual(_ left: ArraySlice<UInt8>, _ right: [UInt8]) -> Bool {
    var difference = left.count ^ right.count
    for (offset, byte) in left.enumerated() where !right.isEmpty {
        difference |= Int(byte ^ right[offset % right.count])
    }
    return difference == 0
}
