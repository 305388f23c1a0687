public import Domain

/// A virtual key as the gateway keeps it: everything but its text.
public struct KeyRecord: Hashable, Sendable {
    /// Where a key comes from, and so who may change it.
    public enum Origin: String, Hashable, Sendable {
        /// The settings file; its text is in the environment.
        case declared
        /// The control store; its text was shown once, when it was made.
        case stored
    }

    /// Its name.
    public let id: KeyID
    /// The organisation that pays.
    public var organisation: TenantID
    /// The team that it belongs to.
    public var team: TeamID?
    /// What the text of the key hashes to.
    public private(set) var hash: KeyHash
    /// Which pepper ``hash`` was made under; see ``KeyHasher/mark``.
    public private(set) var pepperMark: String
    /// The last four characters of the text.
    public let hint: String
    /// What it may do.
    public var policy: KeyPolicy
    /// The Unix millisecond from which on it is refused; `nil` for never.
    public var expiresUnixMilliseconds: Int64?
    /// Whether it is refused for now.
    public var isDisabled: Bool
    /// When it was made; 0 where nobody wrote that down.
    public let createdUnixMilliseconds: Int64
    /// Whatever its owner wants to remember.
    public var note: String
    /// Where it comes from.
    public let origin: Origin

    /// A record with all its properties, as read back from where it is kept.
    public init(
        id: KeyID,
        organisation: TenantID,
        team: TeamID?,
        hash: KeyHash,
        pepperMark: String,
        hint: String,
        policy: KeyPolicy,
        expiresUnixMilliseconds: Int64?,
        isDisabled: Bool,
        createdUnixMilliseconds: Int64,
        note: String,
        origin: Origin
    ) {
        self.id = id
        self.organisation = organisation
        self.team = team
        self.hash = hash
        self.pepperMark = pepperMark
        self.hint = hint
        self.policy = policy
        self.expiresUnixMilliseconds = expiresUnixMilliseconds
        self.isDisabled = isDisabled
        self.createdUnixMilliseconds = createdUnixMilliseconds
        self.note = note
        self.origin = origin
    }

    /// Goes on with what the same text hashes to under another pepper.
    public mutating func renew(_ hash: KeyHash, pepperMark: String) {
        self.hash = hash
        self.pepperMark = pepperMark
    }
}

/// What is wanted of a key that is to be made.
public struct KeyOrder: Hashable, Sendable {
    /// Its name; `nil` to have one drawn.
    public var id: KeyID?
    /// The organisation that is to pay.
    public var organisation: TenantID
    /// The team that it belongs to.
    public var team: TeamID?
    /// What it may do.
    public var policy = KeyPolicy()
    /// The Unix millisecond from which on it is refused; `nil` for never.
    public var expiresUnixMilliseconds: Int64?
    /// Whether it is refused for now.
    public var isDisabled = false
    /// Whatever its owner wants to remember.
    public var note = ""

    /// An order for `organisation`, which may do everything.
    public init(id: KeyID? = nil, organisation: TenantID, team: TeamID? = nil) {
        self.id = id
        self.organisation = organisation
        self.team = team
    }
}

extension KeyHasher {
    /// Makes a key: its record, and its text, which is nowhere kept and so must be shown now.
    ///
    /// - Parameters:
    ///   - order: What the key is to be.
    ///   - now: The Unix millisecond of its making.
    /// - Returns: `nil` if OpenSSL has no memory.
    public func issue(_ order: KeyOrder, at now: Int64) -> (record: KeyRecord, text: Secret)? {
        var generator = SystemRandomNumberGenerator()
        let text = KeyText.draw(using: &generator)
        var order = order
        order.id = order.id ?? KeyID(rawValue: KeyText.drawName(using: &generator))
        return record(of: order, text: text, origin: .stored, createdAt: now).map { ($0, Secret(text)) }
    }

    /// The record of a key that the settings declare, whose `text` is in the environment; `nil` if the order has no id.
    public func declared(_ order: KeyOrder, text: Secret) -> KeyRecord? {
        record(of: order, text: text.reveal(), origin: .declared, createdAt: 0)
    }

    private func record(
        of order: KeyOrder,
        text: String,
        origin: KeyRecord.Origin,
        createdAt: Int64
    ) -> KeyRecord? {
        guard let id = order.id, let hash = hash(Array(text.utf8)[...]) else { return nil }
        return KeyRecord(
            id: id,
            organisation: order.organisation,
            team: order.team,
            hash: hash,
            pepperMark: mark,
            // Of a text that people made up, four characters may be much of it.
            hint: origin == .stored ? KeyText.hint(of: text) : "",
            policy: order.policy,
            expiresUnixMilliseconds: order.expiresUnixMilliseconds,
            isDisabled: order.isDisabled,
            createdUnixMilliseconds: createdAt,
            note: order.note,
            origin: origin
        )
    }
}
