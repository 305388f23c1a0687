/// What a ledger writer has done and holds, for `/metrics` and `/readyz`.
///
/// A row here is a request with its attempts.
public struct LedgerMetrics: Hashable, Sendable {
    /// Rows committed to the database by this process, replayed ones included.
    public internal(set) var rowsWritten = 0
    /// Rows in memory: not yet written, or not writable.
    public internal(set) var rowsQueued = 0
    /// Rows in the spill file that wait for the database.
    public internal(set) var rowsSpilled = 0
    /// The spill file's length.
    public internal(set) var spillBytes = 0
    /// Rows that were lost because memory was at its limit too, or at the close.
    public internal(set) var rowsDropped = 0
    /// Rows that the database refused for what they hold; 0 unless there is a bug.
    public internal(set) var rowsRejected = 0
    /// Requests let go before their row was safe, because neither file took it for too long.
    public internal(set) var rowsUnsafe = 0
    /// Transactions committed.
    public internal(set) var commits = 0
    /// How long the last commit took, from its first row to its end.
    public internal(set) var lastCommit = Duration.zero
    /// Refusals of the database or the spill file.
    public internal(set) var refusals = 0
    /// The last refusal, in words.
    public internal(set) var lastRefusal: String?
    /// The age of the oldest row that is not in the database.
    public internal(set) var lag = Duration.zero
}

/// A change in the ledger's health that an operator should see; told once, when it happens.
public enum LedgerEvent: Hashable, Sendable {
    /// The database takes no rows; they go to the spill file.
    case spilling(reason: String)
    /// Neither the database nor the spill file takes rows; they stay in memory.
    case holdingInMemory(reason: String)
    /// The database takes rows again, and all that waited are in it.
    case recovered(rows: Int)
    /// So many rows were lost since the last such event, because memory was at its limit.
    case dropped(rows: Int)
    /// The database refused a row for what it holds.
    case rejected(reason: String)
}
