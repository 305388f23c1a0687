/// A line of the table of leases: what one replica may take of a budget in a window, and what it took.
///
/// What the amounts mean is its owner's business; here they are numbers that every replica reads and one writes.
public struct LeaseRecord: Hashable, Sendable {
    /// What it is a part of.
    public var key: String
    /// Whose it is; ``nobody`` for what was taken before the key came.
    public var replica: Int64
    /// Which window.
    public var cell: Int64
    /// What may be taken at most.
    public var ceiling: Int64
    /// What was taken.
    public var used: Int64
    /// How much of that is held.
    public var held: Int64
    /// What is missing.
    public var asked: Int64

    /// The replica of lines that are nobody's.
    public static let nobody: Int64 = 0

    /// A line with all its columns.
    public init(
        key: String,
        replica: Int64,
        cell: Int64,
        ceiling: Int64,
        used: Int64,
        held: Int64,
        asked: Int64
    ) {
        (self.key, self.replica, self.cell) = (key, replica, cell)
        (self.ceiling, self.used, self.held, self.asked) = (ceiling, used, held, asked)
    }

    static let columns = "key, replica, cell, ceiling, used, held, asked"

    init(from columns: inout ColumnReader) {
        self.init(
            key: columns.text(),
            replica: columns.integer(),
            cell: columns.integer(),
            ceiling: columns.integer(),
            used: columns.integer(),
            held: columns.integer(),
            asked: columns.integer()
        )
    }
}

/// What is shared under a key, and what the ledger is asked about it when a replica is gone.
public struct LeaseKey: Sendable {
    /// The key.
    public let key: String
    /// What the ledger's rows count for it.
    public let query: SpendQuery
    /// Lines of windows before this one are of no use to anyone.
    public let oldestCell: Int64

    /// A key.
    public init(key: String, query: SpendQuery, oldestCell: Int64) {
        (self.key, self.query, self.oldestCell) = (key, query, oldestCell)
    }
}

/// What is to be settled before others can have it: found by one exchange, worked out, and written by the next.
public struct LeaseArrears: Hashable, Sendable {
    /// Replicas whose leases have ended.
    public var gone: [Int64] = []
    /// Keys of which nobody has yet counted what was taken before.
    public var newKeys: [String] = []
    /// The replicas that there are; where others have come since, what was worked out is not right any more.
    var census = ""
    var live: [Int64] = []

    /// Whether there is nothing to settle.
    public var isEmpty: Bool { gone.isEmpty && newKeys.isEmpty }
}

/// What came of an exchange.
public struct LeaseRenewal: Sendable {
    /// What to work out for the next one.
    public let arrears: LeaseArrears
    /// How many replicas are alive, this one included.
    public let replicas: Int
    /// Grows with every change that administration makes, through whichever replica.
    public let controlVersion: Int64
    /// Whether this replica is the one that plans.
    public let isLeader: Bool
}

/// What an exchange finds.
public struct LeaseView: Sendable {
    /// The lines of all other replicas, by key.
    public let others: [String: [LeaseRecord]]
    /// How many replicas are alive, this one included.
    public let replicas: Int
    /// Whether this replica's own lease had ended: others may have what it had.
    public let wasOver: Bool
}
