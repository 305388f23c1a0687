public import Domain
internal import Foundation
internal import GRDB

/// Reads the ledger on connections of its own, beside a writer in this or another process.
///
/// Every method blocks until the database has answered, so it is not for an event loop's thread. Each sees one state of
/// the ledger from its begin to its end.
public struct LedgerReader: Sendable {
    private let pool: DatabasePool

    /// Opens the ledger at `path`, which a writer must have made; up to `connectionsMax` reads run at once.
    public init(path: String, connectionsMax: Int = 2) throws(LedgerError) {
        var configuration = Configuration()
        configuration.label = "switchyard.ledger.reader"
        configuration.readonly = true
        configuration.maximumReaderCount = connectionsMax
        configuration.busyMode = .timeout(5)
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
        } catch {
            throw .cannotOpen(path: path, reason: "\(error)")
        }
    }

    /// What `body` makes of the ledger as it is when it begins.
    ///
    /// - Throws: What `body` throws, and ``LedgerError/cannotRead(reason:)``.
    public func snapshot<Value>(
        _ body: (LedgerSnapshot) throws(LedgerError) -> Value
    ) throws(LedgerError) -> Value {
        do {
            return try pool.read { try body(LedgerSnapshot(database: $0)) }
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
            return try database.rows(sql, id.map { [$0.data] } ?? []) { RequestRow(from: &$0) }
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
            let sql = "SELECT \(columns), number FROM request WHERE id = ?"
            let found = try database.rows(sql, [id.data]) { (RequestRow(from: &$0), number: $0.integer()) }
            guard let (request, number) = found.first else { return nil }
            let attempts = try database.rows(
                "SELECT \(AttemptRow.columns.joined(separator: ", ")) FROM attempt WHERE request_number = ? ORDER BY number",
                [number]
            ) { AttemptRow(from: &$0) }
            return LedgerEntry(request: request, attempts: attempts)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(LedgerError) -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw .cannotRead(reason: "\(error)")
        }
    }
}

extension Database {
    /// What `read` makes of each row of the query's result.
    func rows<Value>(
        _ sql: String,
        _ arguments: StatementArguments,
        _ read: (inout ColumnReader) -> Value
    ) throws -> [Value] {
        let statement = try makeStatement(sql: sql)
        let cursor = try Row.fetchCursor(statement, arguments: arguments)
        var values: [Value] = []
        while try cursor.next() != nil {
            var columns = ColumnReader(statement)
            values.append(read(&columns))
        }
        return values
    }
}

extension RequestID {
    /// The 16 bytes of the ledger's `id` column.
    var data: Data { withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Data($0) } }
}
