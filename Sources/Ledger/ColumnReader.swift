internal import Domain
internal import GRDB
internal import GRDBSQLite
internal import Glibc
internal import PostgreSQL

/// Reads the columns of a statement's current row, one call per column, from the left.
///
/// Good for as long as the row is the current one. By length and not up to the first NUL, as GRDB reads text: what came in is what goes out.
struct ColumnReader {
    private enum Source {
        case sqlite(SQLiteStatement)
        case postgreSQL(PostgreSQLRow)
    }

    private let source: Source
    private var index: CInt = 0

    /// The row that `statement` stands at.
    init(_ statement: Statement) { source = .sqlite(statement.sqliteStatement) }

    /// A row of PostgreSQL's.
    init(_ row: PostgreSQLRow) { source = .postgreSQL(row) }

    mutating func integer() -> Int64 {
        switch source {
        case .sqlite(let statement): sqlite3_column_int64(statement, next())
        case .postgreSQL(let row): row.integer(next())
        }
    }

    mutating func optionalInteger() -> Int64? { isNull ? skip() : integer() }

    mutating func flag() -> Bool { integer() != 0 }

    mutating func optionalReal() -> Double? {
        guard !isNull else { return skip() }
        switch source {
        case .sqlite(let statement): return sqlite3_column_double(statement, next())
        case .postgreSQL(let row): return row.real(next())
        }
    }

    mutating func text() -> String { String(decoding: bytes(), as: UTF8.self) }

    mutating func optionalText() -> String? { isNull ? skip() : text() }

    mutating func bytes() -> [UInt8] {
        let column = next()
        guard case .sqlite(let statement) = source else { return postgreSQLBytes(column) }
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
    }

    /// The bytes of a text; `nil` if they are `known`, of which no copy is made.
    mutating func bytes(unlessEqualTo known: [UInt8]) -> [UInt8]? {
        let column = next()
        guard case .sqlite(let statement) = source else {
            let bytes = postgreSQLBytes(column)
            return bytes == known ? nil : bytes
        }
        let start = sqlite3_column_blob(statement, column)
        let count = Int(sqlite3_column_bytes(statement, column))
        guard count == known.count else {
            return start.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: count)) } ?? []
        }
        guard let start, memcmp(start, known, count) != 0 else { return nil }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Passes over a column.
    mutating func skip() { index += 1 }

    mutating func requestID() -> RequestID {
        let words = bytes().reduce(into: (high: UInt64(0), low: UInt64(0))) { words, byte in
            words.high = words.high << 8 | words.low >> 56
            words.low = words.low << 8 | UInt64(byte)
        }
        return RequestID(high: words.high, low: words.low)
    }

    mutating func usage() -> TokenUsage {
        TokenUsage(
            input: Int(integer()),
            cachedInput: Int(integer()),
            cacheWrite: Int(integer()),
            output: Int(integer()),
            reasoning: Int(integer()),
            // Before there was a column for it, there was one estimator.
            source: flag() ? .bytes : .provider
        )
    }

    /// Reads the columns of `usage` that came later than the rest.
    mutating func details(of usage: inout TokenUsage) {
        usage.audioInput = Int(integer())
        usage.audioOutput = Int(integer())
        if let source = optionalText().flatMap(UsageSource.init) { usage.source = source }
    }

    private func postgreSQLBytes(_ column: CInt) -> [UInt8] {
        guard case .postgreSQL(let row) = source else { return [] }
        return row.bytes(column)
    }

    private var isNull: Bool {
        switch source {
        case .sqlite(let statement): sqlite3_column_type(statement, index) == SQLITE_NULL
        case .postgreSQL(let row): row.isNull(index)
        }
    }

    private mutating func skip<Value>() -> Value? {
        index += 1
        return nil
    }

    private mutating func next() -> CInt {
        defer { index += 1 }
        return index
    }
}
