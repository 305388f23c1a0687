internal import Domain
internal import GRDB
internal import GRDBSQLite

/// Binds a row's columns to an insert statement and runs it.
///
/// Past GRDB's own binding, which builds an array of values for each row and stops at a NUL in a text; statements,
/// transactions and errors stay GRDB's. Used inside one database access only.
struct StatementBinder: ColumnSink {
    /// Kept, as the handle is good for as long as it lives.
    private let statement: Statement
    private let handle: SQLiteStatement
    private let arena = TextArena()
    private var index: CInt = 0

    init(_ statement: Statement) {
        self.statement = statement
        handle = statement.sqliteStatement
    }

    mutating func null() { sqlite3_bind_null(handle, next()) }

    mutating func integer(_ value: Int64) { sqlite3_bind_int64(handle, next(), value) }

    mutating func real(_ value: Double) { sqlite3_bind_double(handle, next(), value) }

    mutating func text(_ value: String) {
        let index = next()
        var value = value
        value.withUTF8 { utf8 in bindText(utf8, at: index) }
    }

    mutating func text(utf8 value: [UInt8]) {
        let index = next()
        value.withUnsafeBufferPointer { utf8 in bindText(utf8, at: index) }
    }

    mutating func blob(_ value: RequestID) {
        var bigEndian = (value.high.bigEndian, value.low.bigEndian)
        blob(withUnsafeBytes(of: &bigEndian) { [UInt8]($0) })
    }

    mutating func blob(_ value: [UInt8]) {
        sqlite3_bind_blob64(handle, next(), value, UInt64(value.count), Self.copied)
    }

    /// Runs the statement, and makes it ready for the next row.
    mutating func run(on database: Database) throws {
        index = 0
        let code = sqlite3_step(handle)
        let message = code == SQLITE_DONE ? nil : String(cString: sqlite3_errmsg(database.sqliteConnection))
        sqlite3_reset(handle)
        arena.clear()
        guard let message else { return }
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }

    private func bindText(_ utf8: UnsafeBufferPointer<UInt8>, at index: CInt) {
        // What the arena kept is bound as it is (no destructor), the rest is copied by SQLite. An empty buffer may have no
        // address, which SQLite would take for NULL; the arena's copy has one.
        let kept = arena.keep(utf8)
        (kept ?? utf8.baseAddress)?.withMemoryRebound(to: CChar.self, capacity: utf8.count) { start in
            let destructor = kept == nil ? Self.copied : nil
            _ = sqlite3_bind_text64(handle, index, start, UInt64(utf8.count), destructor, UInt8(SQLITE_UTF8))
        }
    }

    private mutating func next() -> CInt {
        index += 1
        return index
    }

    /// SQLITE_TRANSIENT, a macro that Swift does not import: SQLite copies the value before the call returns.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
