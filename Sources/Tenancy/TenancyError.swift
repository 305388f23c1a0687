public import Domain

/// Why a presented key is not let in.
public enum KeyRefusal: Error, Hashable, Sendable {
    /// No key was presented, or nobody knows it.
    case unknown
    /// The key is known, and its time is over.
    case expired(KeyID)
    /// The key, or its organisation, is switched off.
    case disabled(KeyID)
}

/// What contradicts itself among organisations, teams and keys.
public enum TenancyError: Error, Hashable, Sendable {
    /// Two keys have one name.
    case repeatedKeyID(KeyID)
    /// Two names have one key.
    case sameKey(KeyID, KeyID)
    /// Two organisations have one name.
    case repeatedOrganisation(TenantID)
    /// Two teams have one name.
    case repeatedTeam(TeamID)
    /// A key names a team that there is not.
    case unknownTeam(TeamID, of: KeyID)
    /// A key names a team of another organisation.
    case foreignTeam(TeamID, of: KeyID)
}

extension TenancyError: CustomStringConvertible {
    /// The contradiction in a sentence, for the operator.
    public var description: String {
        switch self {
        case .repeatedKeyID(let id): "there are two keys called \(id): one in the settings, one in the store?"
        case .sameKey(let one, let other): "keys \(one) and \(other) are the same: give each its own"
        case .repeatedOrganisation(let id): "there are two organisations called \(id)"
        case .repeatedTeam(let id): "there are two teams called \(id)"
        case .unknownTeam(let team, let key): "key \(key) belongs to team \(team), which there is not"
        case .foreignTeam(let team, let key): "key \(key) belongs to team \(team) of another organisation"
        }
    }
}
