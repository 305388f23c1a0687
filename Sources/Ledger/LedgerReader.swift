public import Domain

/// Reads the ledger on connections of its own, beside a writer in this or another process.
///
/// Every method blocks until the database has answered, so it is not for an event loop's thread. Each sees one state of
/// the ledger from its begin to its end.
public struct LedgerReader: Sendable {
    private let store: any Store

    /// Opens the ledger at `location`, which a writer must have made; up to `connectionsMax` connections are kept.
    public init(at location: LedgerLocation, connectionsMax: Int = 2) throws(LedgerError) {
        store = try location.reader(connectionsMax: connectionsMax)
    }

    /// Opens the SQLite file at `path`; see ``init(at:connectionsMax:)``.
    public init(path: String, connectionsMax: Int = 2) throws(LedgerError) {
        try self.init(at: .sqlite(path: path), connectionsMax: connectionsMax)
    }

    /// What `body` makes of the ledger as it is when it begins.
    ///
    /// - Throws: What `body` throws, and ``LedgerError/cannotRead(reason:)``.
    public func snapshot<Value>(
        _ body: (LedgerSnapshot) throws(LedgerError) -> Value
    ) throws(LedgerError) -> Value {
        do {
            return try store.read { try body(LedgerSnapshot(database: $0)) }
        } catch let error as LedgerError {
            throw error
        } catch {
            throw .cannotRead(reason: "\(error)")
        }
    }

    /// The rows of ``LedgerSnapshot/report(by:in:against:)``.
    public func report(by groupings: [Grouping], in scope: ReportScope) throws(LedgerError) -> [ReportRow] {
        try snapshot { snapshot throws(LedgerError) in try snapshot.report(by: groupings, in: scope) }
    }

    /// Everything in the ledger as one row.
    public func totals() throws(LedgerError) -> ReportRow {
        try report(by: [], in: ReportScope()).first ?? ReportRow(group: [])
    }

    /// Up to `limit` requests that began before `id`, latest first; pass the last one's id for the next page.
    public func requests(limit: Int, before id: RequestID?) throws(LedgerError) -> [RequestRow] {
        try read { database in
            let columns = RequestRow.columns.joined(separator: ", ")
            let earlier = id == nil ? "" : "WHERE id < ?"
            let sql = "SELECT \(columns) FROM request \(earlier) ORDER BY id DESC LIMIT \(max(limit, 0))"
            return try database.rows(sql, id.map { [.id($0)] } ?? []) { RequestRow(from: &$0) }
        }
    }

    /// The requests that `query` asks for, latest first.
    public func requests(_ query: RequestQuery) throws(LedgerError) -> [RequestRow] {
        try read { try query.rows(in: $0) }
    }

    /// The request called `id` with its attempts, if it is in the ledger.
    public func request(id: RequestID) throws(LedgerError) -> LedgerEntry? {
        try read { database in
            let columns = RequestRow.columns.joined(separator: ", ")
            let found = try database.rows("SELECT \(columns) FROM request WHERE id = ?", [.id(id)]) {
                RequestRow(from: &$0)
            }
            guard let request = found.first else { return nil }
            let key = "(SELECT \(database.dialect.requestKey) FROM request WHERE id = ?)"
            let attempts = try database.rows(
                """
                SELECT \(AttemptRow.columns.joined(separator: ", ")) FROM attempt \
                WHERE \(database.dialect.requestReference) = \(key) ORDER BY number
                """,
                [.id(id)]
            ) { AttemptRow(from: &$0) }
            return LedgerEntry(request: request, attempts: attempts)
        }
    }

    func read<Value>(_ body: (any StoreConnection) throws -> Value) throws(LedgerError) -> Value {
        do {
            return try store.read(body)
        } catch {
            throw .cannotRead(reason: "\(error)")
        }
    }
}
