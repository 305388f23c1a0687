public import Domain

/// Every key that is in force, found by what its text hashes to: one immutable value, swapped whole.
///
/// The text of no key is in it. A lookup hashes what was presented and finds the whole digest in memory, so the time it
/// takes tells nothing of how much of a guess was right, and no database is asked.
public struct KeyDirectory: Sendable {
    /// What a client may present; whatever is longer is no key.
    public static let presentedBytesMax = 512

    private struct Entry: Sendable {
        let record: KeyRecord
        let client: Client
        let isDisabled: Bool
    }

    /// Everyone is let in, without a name.
    public let isOpen: Bool
    /// The organisations, in the order given.
    public let organisations: [Organisation]
    /// The teams, in the order given.
    public let teams: [Team]
    /// The keys, in the order given.
    public let keys: [KeyRecord]
    private let entries: [KeyHash: Entry]
    /// Those whose hashes are of the pepper before.
    private let formerEntries: [KeyHash: Entry]
    private let indices: [KeyID: Int]
    private let hasher: KeyHasher?

    /// A directory that lets everyone in.
    public static let open = KeyDirectory()

    private init() {
        isOpen = true
        (organisations, teams, keys, entries, formerEntries, indices, hasher) = ([], [], [], [:], [:], [:], nil)
    }

    /// The directory of `keys`, declared and stored ones together.
    ///
    /// - Parameters:
    ///   - organisations: Organisations that are more than a name on a key.
    ///   - teams: The teams that keys may belong to.
    ///   - keys: The keys; one that was hashed under another pepper than the hasher's is known, but never met.
    ///   - hasher: What presented keys are hashed with.
    ///   - isOpen: Whether everyone is let in without a key; for gateways on which none was ever set up.
    /// - Throws: ``TenancyError`` for names or keys that are there twice, and for a team that is not there.
    public init(
        organisations: [Organisation] = [],
        teams: [Team] = [],
        keys: [KeyRecord],
        hasher: KeyHasher,
        isOpen: Bool = false
    ) throws(TenancyError) {
        self.isOpen = isOpen
        (self.organisations, self.teams, self.keys, self.hasher) = (organisations, teams, keys, hasher)
        var organisationsByID: [TenantID: Organisation] = [:]
        for organisation in organisations
        where organisationsByID.updateValue(organisation, forKey: organisation.id) != nil {
            throw .repeatedOrganisation(organisation.id)
        }
        var homes: [TeamID: TenantID] = [:]
        for team in teams where homes.updateValue(team.organisation, forKey: team.id) != nil {
            throw .repeatedTeam(team.id)
        }
        var entries: [KeyHash: Entry] = [:]
        var formerEntries: [KeyHash: Entry] = [:]
        var indices: [KeyID: Int] = [:]
        for (index, key) in keys.enumerated() {
            guard indices.updateValue(index, forKey: key.id) == nil else { throw .repeatedKeyID(key.id) }
            if let team = key.team {
                guard let home = homes[team] else { throw .unknownTeam(team, of: key.id) }
                guard home == key.organisation else { throw .foreignTeam(team, of: key.id) }
            }
            let isFormer = key.pepperMark == hasher.previous?.mark
            guard isFormer || key.pepperMark == hasher.mark else { continue }
            let payer = Payer(organisation: key.organisation, team: key.team, key: key.id)
            let entry = Entry(
                record: key,
                client: Client(payer: payer, policy: key.policy),
                isDisabled: key.isDisabled || organisationsByID[key.organisation]?.isDisabled ?? false
            )
            let other =
                isFormer
                ? formerEntries.updateValue(entry, forKey: key.hash) : entries.updateValue(entry, forKey: key.hash)
            if let other { throw .sameKey(other.record.id, key.id) }
        }
        (self.entries, self.formerEntries, self.indices) = (entries, formerEntries, indices)
    }

    /// The client whose key the bytes `presented` are.
    ///
    /// - Parameters:
    ///   - presented: The text of a key as it came; `nil` if none came.
    ///   - now: The Unix millisecond, asked for only where a key expires.
    /// - Returns: The client, or why it is none; outsiders need not be told more than that it is none.
    public func client(
        presented: ArraySlice<UInt8>?,
        at now: @autoclosure () -> Int64
    ) -> Result<Client, KeyRefusal> {
        if isOpen { return .success(.anonymous) }
        guard let presented, !presented.isEmpty, presented.count <= Self.presentedBytesMax,
            let hash = hasher?.hash(presented), let entry = entries[hash] ?? former(presented, hash)
        else { return .failure(.unknown) }
        if entry.isDisabled { return .failure(.disabled(entry.record.id)) }
        if let expiry = entry.record.expiresUnixMilliseconds, now() >= expiry {
            return .failure(.expired(entry.record.id))
        }
        return .success(entry.client)
    }

    /// The entry of a key that is known under the pepper before, which from now on is to be known as `hash`.
    private func former(_ presented: ArraySlice<UInt8>, _ hash: KeyHash) -> Entry? {
        guard !formerEntries.isEmpty, let hasher, let old = hasher.previous?.hash(presented),
            let entry = formerEntries[old]
        else { return nil }
        hasher.renewals.note(entry.record.id, hash)
        return entry
    }

    /// The client whose key is called `id`, as its requests of now would be: for what the ledger knows of it.
    ///
    /// - Parameter id: The key's public id; `nil` for requests that came without one.
    /// - Returns: The client, or why it is none. Expiry does not count: the request came before it.
    public func client(of id: KeyID?) -> Result<Client, KeyRefusal> {
        if isOpen { return .success(.anonymous) }
        guard let record = id.flatMap(key) else { return .failure(.unknown) }
        let isDisabled = organisations.contains { $0.id == record.organisation && $0.isDisabled }
        guard !record.isDisabled, !isDisabled else { return .failure(.disabled(record.id)) }
        let payer = Payer(organisation: record.organisation, team: record.team, key: record.id)
        return .success(Client(payer: payer, policy: record.policy))
    }

    /// The key called `id`.
    public func key(_ id: KeyID) -> KeyRecord? { indices[id].map { keys[$0] } }

    /// The keys that were hashed under other peppers, so that nobody can use them.
    public var lostKeys: [KeyID] {
        keys.filter { $0.pepperMark != hasher?.mark && $0.pepperMark != hasher?.previous?.mark }.map(\.id)
    }

    /// The keys that have not been used since the pepper was changed: they are lost when the one before is given up.
    public var formerKeys: [KeyID] { keys.filter { $0.pepperMark == hasher?.previous?.mark }.map(\.id) }
}
