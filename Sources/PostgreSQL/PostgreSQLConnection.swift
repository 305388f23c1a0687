internal import CPostgreSQL
internal import Synchronization

// Sendable: libpq lets any thread use a connection, one at a time (manual, 34.20), and `turn` is held during every call.
/// One connection to a PostgreSQL server: closed when its owner lets go of it.
///
/// Every method blocks until the server has answered, so none is for an event loop's thread. A connection that was lost
/// stays so: make another one.
public final class PostgreSQLConnection: @unchecked Sendable {
    private let connection: OpaquePointer
    private let turn = Mutex(())

    /// Connects to `address`.
    ///
    /// - Throws: ``PostgreSQLError``, never with the password in it.
    public init(to address: PostgreSQLAddress) throws(PostgreSQLError) {
        let words = address.words
        let connection = Self.withCStrings(words.map(\.key)) { keys in
            Self.withCStrings(words.map(\.value)) { values in PQconnectdbParams(keys, values, 1) }
        }
        guard let connection else { throw PostgreSQLError(sqlState: nil, message: "out of memory") }
        guard PQstatus(connection) == CONNECTION_OK else {
            let error = PostgreSQLError(sqlState: nil, message: Self.message(of: connection))
            PQfinish(connection)
            throw error
        }
        cpg_ignore_notices(connection)
        self.connection = connection
        try run(address.greeting)
    }

    deinit { PQfinish(connection) }

    /// Whether the connection was lost.
    public var isLost: Bool { turn.withLock { _ in PQstatus(connection) != CONNECTION_OK } }

    /// Whether a transaction is open, sound or failed.
    public var isInTransaction: Bool { turn.withLock { _ in PQtransactionStatus(connection) != PQTRANS_IDLE } }

    /// Runs `sql`, one statement or several, without values; rows are thrown away.
    public func run(_ sql: String) throws(PostgreSQLError) {
        let error = turn.withLock { _ in check(PQexec(connection, sql)).error }
        if let error { throw error }
    }

    /// Runs `sql`, one statement with places `$1`, `$2`, …; the number of rows that it changed.
    ///
    /// Values are texts in PostgreSQL's own forms, their types the places'; `nil` is NULL. A NUL, which PostgreSQL's texts
    /// cannot hold, becomes U+FFFD.
    @discardableResult
    public func execute(_ sql: String, _ values: [String?]) throws(PostgreSQLError) -> Int {
        let outcome = turn.withLock { _ in
            Self.withCStrings(values) { pointers in
                check(PQexecParams(connection, sql, Int32(values.count), nil, pointers, nil, nil, 0))
            }
        }
        if let error = outcome.error { throw error }
        return outcome.count
    }

    /// Runs the query `sql` and hands each row to `body` as it comes, so that a long result takes no memory.
    ///
    /// `body` must not use the connection. What it throws is thrown, after the rest was passed over.
    public func forEach(_ sql: String, _ values: [String?], _ body: (PostgreSQLRow) throws -> Void) throws {
        var refusal: (any Error)?
        turn.withLock { _ in
            let isSent = Self.withCStrings(values) { pointers in
                PQsendQueryParams(connection, sql, Int32(values.count), nil, pointers, nil, nil, 0)
            }
            guard isSent == 1 else {
                refusal = PostgreSQLError(sqlState: nil, message: Self.message(of: connection))
                return
            }
            PQsetSingleRowMode(connection)
            while let result = PQgetResult(connection) {
                if PQresultStatus(result) == PGRES_SINGLE_TUPLE {
                    if refusal == nil { do { try body(PostgreSQLRow(result)) } catch { refusal = error } }
                    PQclear(result)
                } else if let error = check(result).error {
                    refusal = refusal ?? error
                }
            }
        }
        if let refusal { throw refusal }
    }

    /// Sends `rows`, in COPY's text format, to the statement `sql`, a `COPY … FROM STDIN`; the number of rows taken.
    @discardableResult
    public func copy(_ rows: [UInt8], into sql: String) throws(PostgreSQLError) -> Int {
        let outcome = turn.withLock { _ in
            var outcome = check(PQexec(connection, sql))
            guard outcome.error == nil else { return outcome }
            // In pieces, as a length is 32 bits wide and libpq copies each into its buffer.
            for start in stride(from: 0, to: rows.count, by: 1 << 20) {
                let isTaken = rows[start..<min(start + 1 << 20, rows.count)].withUnsafeBytes { piece in
                    PQputCopyData(connection, piece.bindMemory(to: CChar.self).baseAddress, Int32(piece.count))
                }
                guard isTaken == 1 else { break }
            }
            PQputCopyEnd(connection, nil)
            while let result = PQgetResult(connection) {
                let part = check(result)
                outcome = (part.count, outcome.error ?? part.error)
            }
            if PQstatus(connection) != CONNECTION_OK, outcome.error == nil {
                outcome.error = PostgreSQLError(sqlState: nil, message: Self.message(of: connection))
            }
            return outcome
        }
        if let error = outcome.error { throw error }
        return outcome.count
    }

    /// What `result` says, which is freed.
    private func check(_ result: OpaquePointer?) -> (count: Int, error: PostgreSQLError?) {
        guard let result else {
            return (0, PostgreSQLError(sqlState: nil, message: Self.message(of: connection)))
        }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_COPY_IN, PGRES_SINGLE_TUPLE:
            return (PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0, nil)
        default:
            let state = cpg_sqlstate(result).map { String(cString: $0) }
            let message = cpg_message(result).map { String(cString: $0) } ?? Self.message(of: connection)
            return (0, PostgreSQLError(sqlState: state, message: message))
        }
    }

    /// libpq's last words, on one line.
    private static func message(of connection: OpaquePointer) -> String {
        let lines = String(cString: PQerrorMessage(connection)).split(separator: "\n")
        return lines.map { $0.drop(while: \.isWhitespace) }.joined(separator: "; ")
    }

    /// Lends `texts` as C strings, with a NULL behind the last one.
    private static func withCStrings<Value>(
        _ texts: [String?],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
    ) -> Value {
        var bytes: [CChar] = []
        let offsets = texts.map { text -> Int? in
            guard let text else { return nil }
            let offset = bytes.count
            let clean = text.utf8.contains(0) ? text.replacing("\0", with: "\u{fffd}") : text
            bytes.append(contentsOf: clean.utf8.lazy.map { CChar(bitPattern: $0) })
            bytes.append(0)
            return offset
        }
        return bytes.withUnsafeBufferPointer { buffer in
            let pointers = offsets.map { offset in offset.flatMap { buffer.baseAddress?.advanced(by: $0) } } + [nil]
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}
