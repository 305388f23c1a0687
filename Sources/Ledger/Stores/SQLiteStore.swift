internal import Domain
internal import Foundation
internal import GRDB

/// The ledger's SQLite file.
struct SQLiteStore: Store {
    private let database: any DatabaseWriter

    /// A store for reading alone, of a file that a writer has made; up to `connectionsMax` reads run at once.
    init(reading path: String, connectionsMax: Int) throws(LedgerError) {
        var configuration = Configuration()
        configuration.label = "switchyard.ledger.reader"
        configuration.readonly = true
        configuration.maximumReaderCount = connectionsMax
        configuration.busyMode = .timeout(5)
        do {
            database = try DatabasePool(path: path, configuration: configuration)
        } catch {
            throw .cannotOpen(path: path, reason: "\(error)")
        }
    }

    /// Opens or makes the file at `path`, and migrates it.
    init(path: String) throws(LedgerError) {
        var configuration = Configuration()
        configuration.label = "switchyard.control"
        configuration.foreignKeysEnabled = false
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        let queue: DatabaseQueue
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw .cannotOpen(path: path, reason: "\(error)")
        }
        try LedgerSchema.migrate(queue, path: path)
        database = queue
    }

    func read<Value>(_ body: (any StoreConnection) throws -> Value) throws -> Value {
        try database.read { try body(SQLiteConnection(database: $0)) }
    }

    func write<Value>(_ body: (any StoreConnection) throws -> Value) throws -> Value {
        try database.write { try body(SQLiteConnection(database: $0)) }
    }

    func close() throws { try database.close() }
}

/// SQLite within one transaction.
struct SQLiteConnection: StoreConnection {
    let database: Database

    var dialect: Dialect { .sqlite }

    func forEach(_ sql: String, _ values: [SQLValue], _ body: (inout ColumnReader) throws -> Void) throws {
        let statement = try database.makeStatement(sql: sql)
        let cursor = try Row.fetchCursor(statement, arguments: StatementArguments(values.map(\.databaseValue)))
        while try cursor.next() != nil {
            var columns = ColumnReader(statement)
            try body(&columns)
        }
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws {
        // Past GRDB's binding, which stops at a NUL in a text.
        var binder = StatementBinder(try database.cachedStatement(sql: sql))
        for value in values { binder.bind(value) }
        try binder.run(on: database)
    }
}

extension ColumnSink {
    /// Writes a value of any kind.
    mutating func bind(_ value: SQLValue) {
        switch value {
        case .null: null()
        case .integer(let value): integer(value)
        case .real(let value): real(value)
        case .text(let value): text(value)
        case .blob(let value): blob(value)
        case .id(let value): blob(value)
        }
    }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let value): Data(value).databaseValue
        case .id(let value): value.data.databaseValue
        }
    }
}

extension RequestID {
    /// The 16 bytes of the ledger's `id` column.
    var data: Data { withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Data($0) } }
}
