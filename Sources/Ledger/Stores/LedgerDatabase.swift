internal import Domain

/// The writer's side of a database: rows by the thousand, and their end.
///
/// Called on the writer's queue alone; every method blocks until the database has answered.
protocol LedgerDatabase: Sendable {
    /// This process among those that write the database; `nil` where there is no other.
    var replica: Replica? { get }
    /// Writes entries and brings the table of holds up to date, in one transaction; with `durably`, it is on the disk when
    /// this returns. Entries whose id is there already are passed over.
    func write(_ segments: [[LedgerEntry]], _ journal: HoldJournal, durably: Bool) throws -> Rejections
    /// Writes what the spill file held, durably, likewise.
    func replay(_ payloads: [[UInt8]]) throws -> Rejections
    /// Writes an entry for each hold that is not among `own` and has no row, and takes it out of the journal.
    func recoverHolds(except own: Set<RequestID>) throws -> [LedgerEntry]
    /// Deletes requests that began before `unixMilliseconds`, with all that belongs to them; the number. SQLite deletes up
    /// to `rowsMax` at once, PostgreSQL whole days.
    func prune(before unixMilliseconds: Int64, rowsMax: Int) throws -> Int
    /// Deletes up to `rowsMax` rows of evidence of requests that began before `unixMilliseconds`, or that are not among the
    /// latest `requestsMax`; the number.
    func pruneEvidence(before unixMilliseconds: Int64, requestsMax: Int, rowsMax: Int) throws -> Int
    /// Lets go of the database.
    func close() throws
}

extension LedgerDatabase {
    var replica: Replica? { nil }

    /// Writes `segments` alone.
    func write(_ segments: [[LedgerEntry]], durably: Bool) throws -> Rejections {
        try write(segments, HoldJournal(), durably: durably)
    }
}

/// What came of the rows of one transaction: those that the database refuses for what they hold are told, the others kept.
struct Rejections: Sendable {
    static let unreadable = "a spilled row does not read"

    /// All rows of the transaction.
    var rowCount = 0
    /// Why rows were refused that would meet the same refusal whenever they were tried.
    var reasons: [String] = []
}
