internal import Domain

/// A database that holds the ledger: SQLite's file, or PostgreSQL.
///
/// Both have the same tables and the same words; what differs is in ``Dialect`` and in how rows come in by the thousand
/// (``LedgerDatabase``). Every method blocks until the database has answered.
protocol Store: Sendable {
    /// What `body` makes of one state of the database.
    func read<Value>(_ body: (any StoreConnection) throws -> Value) throws -> Value
    /// Runs `body` in one transaction, which is on the disk when this returns.
    func write<Value>(_ body: (any StoreConnection) throws -> Value) throws -> Value
    /// Lets go of the connections.
    func close() throws
}

/// A database within one transaction; places in statements are written `?`, or `?1`, `?2`, ….
protocol StoreConnection {
    var dialect: Dialect { get }
    /// Runs the query `sql` and hands each row to `body` as it comes.
    func forEach(_ sql: String, _ values: [SQLValue], _ body: (inout ColumnReader) throws -> Void) throws
    /// Runs `sql`, one statement.
    func execute(_ sql: String, _ values: [SQLValue]) throws
}

extension StoreConnection {
    /// What `read` makes of each row of the query's result.
    func rows<Value>(_ sql: String, _ values: [SQLValue], _ read: (inout ColumnReader) -> Value) throws -> [Value] {
        var rows: [Value] = []
        try forEach(sql, values) { rows.append(read(&$0)) }
        return rows
    }

    /// The first row's first column; `nil` where there is no row, or NULL in it.
    func integer(_ sql: String, _ values: [SQLValue] = []) throws -> Int64? {
        try rows(sql, values) { $0.optionalInteger() }.first ?? nil
    }

    /// Whether `query`, a SELECT, has a row.
    func exists(_ query: String, _ values: [SQLValue] = []) throws -> Bool {
        try rows("SELECT EXISTS (\(query))", values) { $0.flag() }.first ?? false
    }

    /// Inserts a row into `table`; one with the same `key` columns gets its other columns instead.
    func upsert(_ table: String, _ columns: [String], key keys: [String], _ values: [SQLValue]) throws {
        let quoted = columns.map { "\"\($0)\"" }
        let places = repeatElement("?", count: columns.count).joined(separator: ", ")
        let changes = columns.filter { !keys.contains($0) }.map { "\"\($0)\" = excluded.\"\($0)\"" }
        try execute(
            """
            INSERT INTO \(table) (\(quoted.joined(separator: ", "))) VALUES (\(places)) \
            ON CONFLICT (\(keys.joined(separator: ", "))) DO UPDATE SET \(changes.joined(separator: ", "))
            """,
            values
        )
    }
}

extension RequestID {
    /// What comes before every id of `unixMilliseconds` and behind those before it.
    static func lowest(at unixMilliseconds: Int64) -> RequestID {
        RequestID(high: UInt64(min(max(unixMilliseconds, 0), 1 << 48 - 1)) << 16, low: 0)
    }
}
