internal import Dispatch
public import Domain
public import Tenancy

/// What administration has set up: organisations, teams, keys, budgets, their history, and feedback.
///
/// In the ledger's database, on a connection and a queue of its own, so that no request waits for it and it waits for no
/// request. Every change and its audit row are one transaction, which is on the disk when the method returns. The store
/// checks names within itself alone: whoever changes it first makes the ``KeyDirectory`` that would come of the change.
public final class ControlStore: Sendable {
    private let store: any Store
    private let queue = DispatchQueue(label: "switchyard.control")

    /// Opens or makes the store in the ledger at `location`.
    ///
    /// - Throws: ``LedgerError`` where it cannot be opened or comes from a newer version.
    public init(at location: LedgerLocation) throws(LedgerError) { store = try location.controlStore() }

    /// Opens or makes the store in the SQLite file at `path`; see ``init(at:)``.
    public convenience init(path: String) throws(LedgerError) { try self.init(at: .sqlite(path: path)) }

    // MARK: Reading

    /// All that is set up.
    public func contents() async throws(ControlError) -> ControlContents { try await perform(Self.contents) }

    /// All that is set up; blocks until the database has answered, so it is for a process's start.
    public func contentsNow() throws(ControlError) -> ControlContents { try performNow(Self.contents) }

    private static func contents(of database: any StoreConnection) throws -> ControlContents {
        ControlContents(
            organisations: try all(Organisation.self, in: database),
            teams: try all(Team.self, in: database),
            keys: try all(KeyRecord.self, in: database),
            hasHadKeys: try database.exists("SELECT 1 FROM api_key"),
            budgets: try all(Budget.self, in: database),
            latencyBudgets: try all(LatencyBudget.self, in: database),
            topUps: try topUps(in: database),
            models: try all(ModelOverride.self, in: database),
            rateLimits: try all(RateLimit.self, in: database),
            imported: try imported(in: database)
        )
    }

    /// Up to `limit` changes, latest first, from the one before `number` on; `nil` begins with the last one.
    public func audit(limit: Int, before number: Int64?) async throws(ControlError) -> [AuditEntry] {
        try await perform { database in
            let sql = """
                SELECT number, at_unix_ms, actor, action, kind, subject, before, after FROM audit \
                WHERE number < ? ORDER BY number DESC LIMIT ?
                """
            return try database.rows(sql, [.integer(number ?? .max), .integer(Int64(max(limit, 0)))]) { columns in
                AuditEntry(
                    number: columns.integer(),
                    atUnixMilliseconds: columns.integer(),
                    actor: columns.text(),
                    action: columns.text(),
                    kind: columns.text(),
                    subject: columns.text(),
                    before: columns.optionalText(),
                    after: columns.optionalText()
                )
            }
        }
    }

    /// The feedback on a request, if there is any.
    public func feedback(on id: RequestID) async throws(ControlError) -> Feedback? {
        try await perform { database in
            let sql = "SELECT \(Feedback.columns.joined(separator: ", ")) FROM feedback WHERE request_id = ?"
            return try database.rows(sql, [.id(id)]) { Feedback(from: &$0) }.first
        }
    }

    private static func all<Record: ControlRecord>(_: Record.Type, in database: any StoreConnection) throws -> [Record]
    {
        let isKept = Record.columns.contains("hash") ? " WHERE hash IS NOT NULL" : ""
        let sql = "SELECT \(Record.quotedColumns) FROM \(Record.table)\(isKept) ORDER BY id"
        return try database.rows(sql, []) { columns in Record(from: &columns) }.compactMap(\.self)
    }

    private static func topUps(in database: any StoreConnection) throws -> [TopUp] {
        try database.rows("SELECT budget_id, added_unix_ms, amount, note FROM top_up ORDER BY number", []) { columns in
            TopUp(
                budgetID: columns.text(),
                addedUnixMilliseconds: columns.integer(),
                amount: columns.integer(),
                note: columns.text()
            )
        }
    }

    // MARK: The queue

    /// Runs `body` in one transaction, off the caller's thread.
    func perform<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(ControlError) -> Value {
        let result: Result<Value, ControlError> = await withCheckedContinuation { continuation in
            queue.async {
                do {
                    continuation.resume(returning: .success(try self.store.write(body)))
                } catch let error as ControlError {
                    continuation.resume(returning: .failure(error))
                } catch {
                    continuation.resume(returning: .failure(.unavailable(reason: "\(error)")))
                }
            }
        }
        return try result.get()
    }

    /// Runs `body` in one transaction, and blocks until it is done.
    func performNow<Value>(_ body: (any StoreConnection) throws -> Value) throws(ControlError) -> Value {
        do {
            return try queue.sync { try store.write(body) }
        } catch {
            throw .unavailable(reason: "\(error)")
        }
    }

    /// Closes the connection; blocks until what was begun is done.
    public func close() {
        queue.sync {
            // What was committed is in the file, however the connection ends.
            do { try store.close() } catch { return }
        }
    }
}

/// All that a ``ControlStore`` has set up, as of one moment.
public struct ControlContents: Hashable, Sendable {
    /// Nothing, as before administration has set up anything.
    public static let empty = ControlContents(
        organisations: [],
        teams: [],
        keys: [],
        hasHadKeys: false,
        budgets: [],
        latencyBudgets: [],
        topUps: [],
        models: [],
        rateLimits: [],
        imported: nil
    )

    /// The organisations, by id.
    public var organisations: [Organisation]
    /// The teams, by id.
    public var teams: [Team]
    /// The keys that were not deleted, by id.
    public var keys: [KeyRecord]
    /// Whether there ever was a key: a gateway must not open itself to everyone because its last key was deleted.
    public let hasHadKeys: Bool
    /// The budgets, by id.
    public var budgets: [Budget]
    /// The latency budgets, by id.
    public var latencyBudgets: [LatencyBudget]
    /// What was added to budgets' caps, oldest first.
    public var topUps: [TopUp]
    /// What was made of models, by id.
    public var models: [ModelOverride]
    /// The rate limits, those of keys apart.
    public var rateLimits: [RateLimit]
    /// The configuration that was imported last.
    public var imported: ImportedConfiguration?
}
