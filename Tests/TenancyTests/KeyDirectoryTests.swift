import Domain
import Tenancy
import Testing

@Suite struct KeyDirectoryTests {
    private let hasher: KeyHasher
    private let now: Int64 = 1_749_988_800_000

    init() throws { hasher = try #require(KeyHasher(pepper: Secret("a pepper of the tests"))) }

    /// RFC 4231, test case 2: HMAC-SHA256 of a text under the key "Jefe".
    @Test func hashIsHMACSHA256() throws {
        let hasher = try #require(KeyHasher(pepper: Secret("Jefe")))
        let hash = try #require(hasher.hash(Array("what do ya want for nothing?".utf8)[...]))
        let hexadecimal = hash.bytes.map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
        #expect(hexadecimal == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(KeyHash(hash.bytes) == hash)
    }

    @Test func aKeyThatWasIssuedTellsWhoPays() throws {
        var order = KeyOrder(organisation: TenantID(rawValue: "shop"), team: TeamID(rawValue: "web"))
        order.policy.models = [ModelID("small")]
        let (record, text) = try #require(hasher.issue(order, at: now))
        #expect(text.reveal().hasPrefix("sk-sy-") && text.reveal().utf8.count == 49)
        #expect(record.hint == String(text.reveal().suffix(4)))
        let directory = try directory([record])
        let client = try directory.client(presented: bytes(text), at: now).get()
        #expect(client.payer == Payer(organisation: order.organisation, team: order.team, key: record.id))
        #expect(client.mayUse(ModelID("small")) && !client.mayUse(ModelID("large")))
    }

    /// Every byte counts, and so does every length.
    @Test func whateverIsNotTheKeyIsUnknown() throws {
        let (record, text) = try #require(hasher.issue(order(), at: now))
        let directory = try directory([record])
        let key = Array(text.reveal().utf8)
        var guesses: [[UInt8]] = [[], Array(key.dropLast()), key + [0x20], [0x20] + key]
        guesses.append([UInt8](repeating: 0x61, count: 513))
        for index in key.indices {
            var guess = key
            guess[index] ^= 1
            guesses.append(guess)
        }
        for guess in guesses { #expect(refusal(directory, guess[...]) == .unknown) }
        #expect(refusal(directory, nil) == .unknown)
    }

    /// What a thief of the database has is of no use as a key, in whatever spelling.
    @Test func theStoredHashIsNoKey() throws {
        let (record, _) = try #require(hasher.issue(order(), at: now))
        let directory = try directory([record])
        let hexadecimal = record.hash.bytes.map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
        for guess in [record.hash.bytes, Array(hexadecimal.utf8), Array("sk-sy-\(hexadecimal)".utf8)] {
            #expect(refusal(directory, guess[...]) == .unknown)
        }
    }

    @Test func expiryAndSwitchAreToldApartInside() throws {
        var expiring = order("expiring")
        expiring.expiresUnixMilliseconds = now
        var disabled = order("disabled")
        disabled.isDisabled = true
        let expired = try #require(hasher.issue(expiring, at: 0))
        let off = try #require(hasher.issue(disabled, at: 0))
        let directory = try directory([expired.record, off.record])
        #expect(refusal(directory, bytes(expired.text)) == .expired(expired.record.id))
        #expect(try directory.client(presented: bytes(expired.text), at: now - 1).get().payer.key == expired.record.id)
        #expect(refusal(directory, bytes(off.text)) == .disabled(off.record.id))
    }

    @Test func anOrganisationThatIsSwitchedOffTakesItsKeysAlong() throws {
        let (record, text) = try #require(hasher.issue(KeyOrder(organisation: TenantID(rawValue: "shop")), at: now))
        let directory = try KeyDirectory(
            organisations: [Organisation(id: TenantID(rawValue: "shop"), isDisabled: true)],
            keys: [record],
            hasher: hasher
        )
        #expect(refusal(directory, bytes(text)) == .disabled(record.id))
    }

    @Test func anOpenDirectoryAsksForNothingAndAnEmptyOneLetsNobodyIn() throws {
        #expect(try KeyDirectory.open.client(presented: nil, at: now).get().payer == .anonymous)
        let empty = try KeyDirectory(keys: [], hasher: hasher)
        #expect(refusal(empty, Array("sk-sy-x".utf8)[...]) == .unknown)
    }

    /// After the pepper was lost or changed, stored keys stay listed and let nobody in.
    @Test func aKeyOfAnotherPepperIsKnownAndNeverMet() throws {
        let (record, text) = try #require(hasher.issue(order(), at: now))
        let other = try #require(KeyHasher(pepper: Secret("another pepper")))
        #expect(other.mark != hasher.mark)
        let directory = try KeyDirectory(teams: teams, keys: [record], hasher: other)
        #expect(directory.lostKeys == [record.id])
        #expect(refusal(directory, bytes(text)) == .unknown)
    }

    /// While the pepper before is still known, its keys are let in, and noted under what they hash to now.
    @Test func aKeyOfThePepperBeforeIsLetInAndRenewed() throws {
        let (record, text) = try #require(hasher.issue(order(), at: now))
        let next = try #require(KeyHasher(pepper: Secret("the next pepper"), previous: hasher))
        let before = try KeyDirectory(teams: teams, keys: [record], hasher: next)
        #expect(before.formerKeys == [record.id] && before.lostKeys.isEmpty)
        #expect(refusal(before, Array("sk-sy-guess".utf8)[...]) == .unknown && next.renewals.take().isEmpty)
        #expect(try before.client(presented: bytes(text), at: now).get().payer.key == record.id)
        let renewals = next.renewals.take()
        #expect(Array(renewals.keys) == [record.id] && next.renewals.take().isEmpty)

        var renewed = record
        renewed.renew(try #require(renewals[record.id]), pepperMark: next.mark)
        let after = try KeyDirectory(
            teams: teams,
            keys: [renewed],
            hasher: try #require(KeyHasher(pepper: Secret("the next pepper")))
        )
        #expect(after.formerKeys.isEmpty && after.lostKeys.isEmpty)
        #expect(try after.client(presented: bytes(text), at: now).get().payer.key == record.id)
        #expect(next.renewals.take().isEmpty, "it is known under its new hash")
    }

    /// A key that is switched off or has expired is no less so for being of the pepper before.
    @Test func thePepperBeforeOpensNothingElse() throws {
        var disabled = order("off")
        disabled.isDisabled = true
        let (record, text) = try #require(hasher.issue(disabled, at: now))
        let next = try #require(KeyHasher(pepper: Secret("the next pepper"), previous: hasher))
        let directory = try KeyDirectory(teams: teams, keys: [record], hasher: next)
        #expect(refusal(directory, bytes(text)) == .disabled(record.id))
        #expect(refusal(directory, record.hash.bytes[...]) == .unknown)
    }

    @Test func contradictionsAreNamed() throws {
        let (one, text) = try #require(hasher.issue(order("a"), at: now))
        let (two, _) = try #require(hasher.issue(order("a"), at: now))
        #expect(throws: TenancyError.repeatedKeyID(KeyID(rawValue: "a"))) { try directory([one, two]) }
        let same = try #require(hasher.declared(order("b"), text: text))
        #expect(throws: TenancyError.sameKey(one.id, same.id)) { try directory([one, same]) }
        var stray = order("c")
        stray.team = TeamID(rawValue: "nobody")
        let lost = try #require(hasher.issue(stray, at: now)).record
        #expect(throws: TenancyError.unknownTeam(TeamID(rawValue: "nobody"), of: lost.id)) { try directory([lost]) }
        let foreign = KeyOrder(organisation: TenantID(rawValue: "lab"), team: TeamID(rawValue: "web"))
        let spy = try #require(hasher.issue(foreign, at: now)).record
        #expect(throws: TenancyError.foreignTeam(TeamID(rawValue: "web"), of: spy.id)) { try directory([spy]) }
    }

    @Test func noTwoKeysAreAlike() throws {
        let issued = try (0..<200).map { _ in try #require(hasher.issue(KeyOrder(organisation: .anonymous), at: now)) }
        #expect(Set(issued.map { $0.text.reveal() }).count == 200)
        #expect(Set(issued.map(\.record.id)).count == 200)
    }

    @Test func nothingShowsAKeyOrItsHash() throws {
        let (record, text) = try #require(hasher.issue(order(), at: now))
        let directory = try directory([record])
        var shown = "\(directory) \(record) \(text)"
        dump(directory, to: &shown)
        #expect(!shown.contains(text.reveal()) && !shown.contains(String(text.reveal().dropFirst(10).prefix(20))))
    }

    private func refusal(_ directory: KeyDirectory, _ presented: ArraySlice<UInt8>?) -> KeyRefusal? {
        switch directory.client(presented: presented, at: now) {
        case .success: nil
        case .failure(let refusal): refusal
        }
    }

    private var teams: [Team] {
        [Team(id: TeamID(rawValue: "web"), organisation: TenantID(rawValue: "shop"))]
    }

    private func order(_ id: String? = nil) -> KeyOrder {
        KeyOrder(
            id: id.map(KeyID.init(rawValue:)),
            organisation: TenantID(rawValue: "shop"),
            team: TeamID(rawValue: "web")
        )
    }

    private func directory(_ keys: [KeyRecord]) throws -> KeyDirectory {
        try KeyDirectory(teams: teams, keys: keys, hasher: hasher)
    }

    private func bytes(_ text: Secret) -> ArraySlice<UInt8> { Array(text.reveal().utf8)[...] }
}
