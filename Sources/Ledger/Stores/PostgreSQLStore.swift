internal import Domain
internal import PostgreSQL
internal import Synchronization

/// The ledger in a PostgreSQL database.
///
/// Connections are made as they are needed, and up to `connectionsMax` are kept; one that was lost is made anew by the
/// next call.
final class PostgreSQLStore: Store {
    private let address: PostgreSQLAddress
    private let connectionsMax: Int
    private let idle = Mutex<[PostgreSQLConnection]>([])

    /// A store at `address`, whose database is migrated if `migrates` says so.
    init(_ address: PostgreSQLAddress, connectionsMax: Int, migrates: Bool) throws(LedgerError) {
        self.address = address
        self.connectionsMax = connectionsMax
        let connection: PostgreSQLConnection
        do {
            connection = try PostgreSQLConnection(to: address)
        } catch {
            throw .cannotOpen(path: address.url, reason: "\(error)")
        }
        if migrates { try LedgerSchema.migrate(connection, address: address) }
        idle.withLock { $0.append(connection) }
    }

    func read<Value>(_ body: (any StoreConnection) throws -> Value) throws -> Value {
        try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
    }

    func write<Value>(_ body: (any StoreConnection) throws -> Value) throws -> Value {
        try transaction("BEGIN; SET LOCAL synchronous_commit = on", body)
    }

    func close() { idle.withLock { $0 = [] } }

    private func transaction<Value>(
        _ begin: String,
        _ body: (any StoreConnection) throws -> Value
    ) throws -> Value {
        let connection = try begun(begin)
        let value: Value
        do {
            value = try body(PostgreSQLSession(connection: connection))
            try connection.run("COMMIT")
        } catch {
            // A connection that cannot even roll back is let go of.
            if (try? connection.run("ROLLBACK")) != nil { keep(connection) }
            throw error
        }
        keep(connection)
        return value
    }

    /// A connection on which a transaction has begun.
    private func begun(_ begin: String) throws(PostgreSQLError) -> PostgreSQLConnection {
        while let kept = idle.withLock({ $0.popLast() }) {
            let refusal = Self.refusal { () throws(PostgreSQLError) in try kept.run(begin) }
            guard let refusal else { return kept }
            // It was lost while nobody used it, as when the server was restarted.
            guard kept.isLost || refusal.isAboutTheConnection else { throw refusal }
        }
        let connection = try PostgreSQLConnection(to: address)
        try connection.run(begin)
        return connection
    }

    private static func refusal(of body: () throws(PostgreSQLError) -> Void) -> PostgreSQLError? {
        do throws(PostgreSQLError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    private func keep(_ connection: PostgreSQLConnection) {
        idle.withLock { if $0.count < connectionsMax { $0.append(connection) } }
    }
}

/// PostgreSQL within one transaction.
struct PostgreSQLSession: StoreConnection {
    let connection: PostgreSQLConnection

    var dialect: Dialect { .postgreSQL }

    func forEach(_ sql: String, _ values: [SQLValue], _ body: (inout ColumnReader) throws -> Void) throws {
        try connection.forEach(dialect.numbered(sql), values.map(\.postgreSQLText)) { row in
            var columns = ColumnReader(row)
            try body(&columns)
        }
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws {
        try connection.execute(dialect.numbered(sql), values.map(\.postgreSQLText))
    }
}

extension SQLValue {
    /// The value in PostgreSQL's text form, `nil` for NULL.
    ///
    /// What is no number is NULL, as SQLite has it.
    var postgreSQLText: String? {
        switch self {
        case .null: nil
        case .integer(let value): "\(value)"
        case .real(let value): value.isNaN ? nil : "\(value)"
        case .text(let value): value
        case .blob(let value): "\\x" + value.map(Self.hexadecimal).joined()
        case .id(let value): value.description
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        String(UInt16(byte) + 256, radix: 16).dropFirst().description
    }
}
