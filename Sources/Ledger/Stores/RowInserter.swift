internal import Domain
internal import GRDB
internal import GRDBSQLite

/// Inserts entries, within one transaction.
struct RowInserter {
    private static let requestSQL = sql(for: "request", RequestRow.columns)
    private static let holdSQL =
        sql(for: "hold", HoldRow.columns).replacing("DO NOTHING", with: HoldRow.replacement(of: HoldRow.columns))
    private static let evidenceSQL = sql(for: "evidence", ["request_number"] + EvidenceRow.columns)
    private static let attemptSQL = sql(for: "attempt", ["request_number"] + AttemptRow.columns)

    private let database: Database
    private var request: StatementBinder
    private var attempt: StatementBinder

    init(_ database: Database) throws {
        self.database = database
        request = StatementBinder(try database.cachedStatement(sql: Self.requestSQL))
        attempt = StatementBinder(try database.cachedStatement(sql: Self.attemptSQL))
    }

    /// Inserts `entry`, unless a request with its id is there already; whether it did.
    @discardableResult
    mutating func insert(_ entry: LedgerEntry) throws -> Bool {
        entry.request.write(to: &request)
        try request.run(on: database)
        guard let number = insertedNumber else { return false }
        for (index, row) in entry.attempts.enumerated() {
            attempt.integer(number)
            row.write(to: &attempt, number: index + 1)
            try attempt.run(on: database)
        }
        if let row = entry.evidence {
            var evidence = StatementBinder(try database.cachedStatement(sql: Self.evidenceSQL))
            evidence.integer(number)
            row.write(to: &evidence)
            try evidence.run(on: database)
        }
        return true
    }

    /// Inserts the entry or the hold that is a spill file's `payload`; false if this version cannot read it.
    func insert(spilled payload: [UInt8]) throws -> Bool {
        var decoder = SpillDecoder(payload)
        if SpillDecoder.isHold(payload) { return try insertHold(&decoder) }
        guard let count = decoder.columnCount(), count <= RequestRow.columns.count else { return false }
        var request = try binder(for: "request", RequestRow.columns[..<count])
        guard decoder.bind(count, to: &request) != nil, let attemptCount = decoder.attemptCount() else { return false }
        try request.run(on: database)
        guard let number = insertedNumber else { return true }
        for _ in 0..<attemptCount {
            guard let count = decoder.columnCount(), count <= AttemptRow.columns.count else { return false }
            var attempt = try binder(for: "attempt", ["request_number"] + AttemptRow.columns[..<count])
            attempt.integer(number)
            guard decoder.bind(count, to: &attempt) != nil else { return false }
            try attempt.run(on: database)
        }
        if !decoder.isAtEnd {
            guard let count = decoder.columnCount(), count <= EvidenceRow.columns.count else { return false }
            var evidence = try binder(for: "evidence", ["request_number"] + EvidenceRow.columns[..<count])
            evidence.integer(number)
            guard decoder.bind(count, to: &evidence) != nil else { return false }
            try evidence.run(on: database)
        }
        return true
    }

    private func insertHold(_ decoder: inout SpillDecoder) throws -> Bool {
        guard let count = decoder.columnCount(), count <= HoldRow.columns.count else { return false }
        let columns = HoldRow.columns[..<count]
        let sql = Self.sql(for: "hold", columns)
            .replacing("DO NOTHING", with: HoldRow.replacement(of: columns) + HoldRow.unlessLess)
        var hold = StatementBinder(try database.cachedStatement(sql: sql))
        guard decoder.bind(count, to: &hold) != nil else { return false }
        try hold.run(on: database)
        return true
    }

    /// Takes the holds out of the journal whose requests have their rows.
    func deleteSettledHolds() throws {
        try database.cachedStatement(sql: "DELETE FROM hold WHERE request_id IN (SELECT id FROM request)").execute()
    }

    /// Puts `hold` into the journal, in place of what it was before.
    func write(_ hold: HoldRow) throws {
        var binder = StatementBinder(try database.cachedStatement(sql: Self.holdSQL))
        hold.write(to: &binder)
        try binder.run(on: database)
    }

    /// Takes the hold of a request out of the journal.
    func deleteHold(_ id: RequestID) throws {
        var binder = StatementBinder(try database.cachedStatement(sql: "DELETE FROM hold WHERE request_id = ?"))
        binder.blob(id)
        try binder.run(on: database)
    }

    /// The holds in the journal.
    func holds() throws -> [HoldRow] {
        try SQLiteConnection(database: database).rows(
            "SELECT \(HoldRow.columns.joined(separator: ", ")) FROM hold",
            []
        ) { HoldRow(from: &$0) }
    }

    /// The number of the request that was just inserted; `nil` if one with its id was there already.
    private var insertedNumber: Int64? {
        let connection = database.sqliteConnection
        return sqlite3_changes(connection) == 1 ? sqlite3_last_insert_rowid(connection) : nil
    }

    /// The insert of the first columns alone, which an older version spilled.
    private func binder(for table: String, _ columns: some Collection<String>) throws -> StatementBinder {
        StatementBinder(try database.cachedStatement(sql: Self.sql(for: table, columns)))
    }

    /// An insert that passes over a row which is there already; not OR IGNORE, which swallows every constraint.
    private static func sql(for table: String, _ columns: some Collection<String>) -> String {
        let places = repeatElement("?", count: columns.count).joined(separator: ", ")
        return """
            INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places)) ON CONFLICT DO NOTHING
            """
    }
}
