/// The limits and times of a ledger writer.
public struct LedgerSettings: Hashable, Sendable {
    /// At most this many requests wait in memory; those beyond are dropped and counted.
    public var queueRowsMax = 100_000
    /// How long a row that nobody waits for may wait for others to share its transaction.
    public var tickMilliseconds = 50
    /// Where rows go that the database does not take; `nil` for the SQLite file's path with
    /// `.spill` after it, or `switchyard.db.spill` in the working directory.
    public var spillPath: String?
    /// The spill file's limit; beyond it rows wait in memory.
    public var spillBytesMax = 1 << 30
    /// How long a transaction waits for another process's lock before its rows are spilled.
    public var busyTimeoutMilliseconds = 100
    /// How long after the database refused a transaction the next one is tried.
    public var retryMilliseconds = 500
    /// How many spilled requests one transaction replays.
    public var replayRowsMax = 5_000
    /// A request that waits for its row is let go after this long where neither file takes it; it is counted then.
    public var durableWaitMillisecondsMax = 5_000
    /// The database file's limit; `nil` for the disk's own.
    public var databaseBytesMax: Int?

    /// The documented defaults.
    public init() {}
}
