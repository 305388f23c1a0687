internal import Domain
internal import PostgreSQL

/// One transaction's rows on their way to PostgreSQL: encoded for COPY, and as they came, should COPY be refused.
struct PostgreSQLBatch {
    static let millisecondsOfDay: Int64 = 86_400_000

    /// One request with what belongs to it.
    enum Row {
        case entry(LedgerEntry)
        /// As the spill file has it.
        case payload([UInt8])
    }

    private(set) var rows: [Row] = []
    /// Holds out of a spill file, each the values of the first columns.
    private(set) var holds: [[SQLValue]] = []
    /// Days since 1970 UTC on which the requests began.
    private(set) var days: Set<Int64> = []
    /// Whether COPY can take all of them.
    private var isPlain = true
    private var request = CopyEncoder()
    private var attempt = CopyEncoder()
    private var evidence = CopyEncoder()

    var rowCount: Int { rows.count }

    mutating func add(_ entry: LedgerEntry) {
        rows.append(.entry(entry))
        days.insert(entry.request.id.unixMilliseconds / Self.millisecondsOfDay)
        entry.request.write(to: &request)
        request.endRow()
        for (index, row) in entry.attempts.enumerated() {
            attempt.blob(entry.request.id)
            row.write(to: &attempt, number: index + 1)
            attempt.endRow()
        }
        if let row = entry.evidence {
            evidence.blob(entry.request.id)
            row.write(to: &evidence)
            evidence.endRow()
        }
    }

    /// Adds what a spill file's `payload` holds; false if this version cannot read it.
    mutating func add(spilled payload: [UInt8]) -> Bool {
        if SpillDecoder.isHold(payload) {
            var decoder = SpillDecoder(payload)
            guard let hold = decoder.values(HoldRow.columns.count), let id = hold.first?.requestID else { return false }
            holds.append([.id(id)] + hold.dropFirst())
            return true
        }
        guard let values = SpilledRow(payload) else { return false }
        rows.append(.payload(payload))
        days.insert(values.id.unixMilliseconds / Self.millisecondsOfDay)
        // One with fewer columns, of an older version, leaves the others to their defaults, which COPY cannot.
        isPlain = isPlain && values.isWhole
        guard isPlain else { return true }
        request.add(values.request)
        for row in values.attempts { attempt.add([.id(values.id)] + row) }
        if let row = values.evidence { evidence.add([.id(values.id)] + row) }
        return true
    }

    /// Sends all rows; a refusal of one is a refusal of all.
    func copy(to connection: PostgreSQLConnection) throws(PostgreSQLError) {
        guard isPlain else { throw PostgreSQLError(sqlState: "22000", message: "rows of an older version") }
        for (table, columns, rows) in [
            ("request", RequestRow.columns, request), ("attempt", ["request_id"] + AttemptRow.columns, attempt),
            ("evidence", ["request_id"] + EvidenceRow.columns, evidence),
        ] where rows.rowCount > 0 {
            try connection.copy(rows.bytes, into: "COPY \(table) (\(columns.joined(separator: ", "))) FROM STDIN")
        }
    }
}

extension PostgreSQLBatch.Row {
    /// Inserts the row with what belongs to it, unless a request with its id is there already; whether it did.
    @discardableResult
    func insert(into session: PostgreSQLSession) throws -> Bool {
        switch self {
        case .entry(let entry): try SpilledRow(entry).insert(into: session)
        case .payload(let payload): try SpilledRow(payload)?.insert(into: session) ?? false
        }
    }
}

/// A request with what belongs to it as values, the first columns of each table.
struct SpilledRow {
    let id: RequestID
    private(set) var request: [SQLValue]
    private(set) var attempts: [[SQLValue]] = []
    private(set) var evidence: [SQLValue]?

    /// Whether no column is missing.
    var isWhole: Bool {
        request.count == RequestRow.columns.count && attempts.allSatisfy { $0.count == AttemptRow.columns.count }
            && evidence.map { $0.count == EvidenceRow.columns.count } != false
    }

    init(_ entry: LedgerEntry) {
        id = entry.request.id
        var sink = ValueSink()
        entry.request.write(to: &sink)
        request = sink.values
        attempts = entry.attempts.enumerated().map { index, row in
            var sink = ValueSink()
            row.write(to: &sink, number: index + 1)
            return sink.values
        }
        evidence = entry.evidence.map { row in
            var sink = ValueSink()
            row.write(to: &sink)
            return sink.values
        }
    }

    /// What a payload of the spill file holds; `nil` if this version cannot read it.
    init?(_ payload: [UInt8]) {
        var decoder = SpillDecoder(payload)
        guard let row = decoder.values(RequestRow.columns.count), let id = row.first?.requestID,
            let attemptCount = decoder.attemptCount()
        else { return nil }
        self.id = id
        request = [.id(id)] + row.dropFirst()
        for _ in 0..<attemptCount {
            guard let row = decoder.values(AttemptRow.columns.count) else { return nil }
            attempts.append(row)
        }
        guard !decoder.isAtEnd else { return }
        guard let row = decoder.values(EvidenceRow.columns.count) else { return nil }
        evidence = row
    }

    func insert(into session: PostgreSQLSession) throws -> Bool {
        guard try Self.insert("request", RequestRow.columns, request, into: session) else { return false }
        for row in attempts {
            _ = try Self.insert("attempt", ["request_id"] + AttemptRow.columns, [.id(id)] + row, into: session)
        }
        if let evidence {
            _ = try Self.insert("evidence", ["request_id"] + EvidenceRow.columns, [.id(id)] + evidence, into: session)
        }
        return true
    }

    private static func insert(
        _ table: String,
        _ columns: [String],
        _ values: [SQLValue],
        into session: PostgreSQLSession
    ) throws -> Bool {
        let names = columns.prefix(values.count).joined(separator: ", ")
        let places = values.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let sql = "INSERT INTO \(table) (\(names)) VALUES (\(places)) ON CONFLICT DO NOTHING"
        return try session.connection.execute(sql, values.map(\.postgreSQLText)) == 1
    }
}

extension SpillDecoder {
    /// The next row's values; `nil` if it does not read, or has more than `countMax`.
    fileprivate mutating func values(_ countMax: Int) -> [SQLValue]? {
        var sink = ValueSink()
        guard let count = columnCount(), count <= countMax, bind(count, to: &sink) != nil else { return nil }
        return sink.values
    }
}

extension SQLValue {
    /// The request's id that the spill file has as bytes; `nil` for any other value.
    fileprivate var requestID: RequestID? {
        guard case .blob(let bytes) = self, bytes.count == 16 else { return nil }
        let words = bytes.withUnsafeBytes {
            ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        return RequestID(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
    }
}

extension CopyEncoder {
    fileprivate mutating func add(_ row: [SQLValue]) {
        for value in row { bind(value) }
        endRow()
    }
}

extension PostgreSQLSession {
    /// How many holds one statement writes: well below the 65,535 places that a statement can have.
    private static let holdsMax = 500

    /// Brings the table of holds up to date.
    func apply(_ journal: HoldJournal) throws {
        let columns = HoldRow.columns
        let holds = Array(journal.unwritten.values)
        for start in stride(from: 0, to: holds.count, by: Self.holdsMax) {
            var sink = ValueSink()
            let part = holds[start..<min(start + Self.holdsMax, holds.count)]
            for hold in part { hold.write(to: &sink) }
            let row = "(" + repeatElement("?", count: columns.count).joined(separator: ", ") + ")"
            let rows = repeatElement(row, count: part.count).joined(separator: ", ")
            try execute(
                """
                INSERT INTO hold (\(columns.joined(separator: ", "))) VALUES \(rows) \
                ON CONFLICT \(HoldRow.replacement(of: columns))
                """,
                sink.values
            )
        }
        try deleteHolds(Array(journal.undeleted))
    }

    /// Writes holds out of a spill file, each by the values of its first columns.
    func insert(spilledHolds holds: [[SQLValue]]) throws {
        for hold in holds {
            let columns = HoldRow.columns[..<hold.count]
            try execute(
                """
                INSERT INTO hold (\(columns.joined(separator: ", "))) \
                VALUES (\(repeatElement("?", count: hold.count).joined(separator: ", "))) \
                ON CONFLICT \(HoldRow.replacement(of: columns))\(HoldRow.unlessLess)
                """,
                hold
            )
        }
    }

    /// Takes the holds out of the table that `replica` wrote and whose requests have their rows.
    func deleteSettledHolds(of replica: Int64) throws {
        try execute(
            "DELETE FROM hold WHERE replica = ? AND EXISTS (SELECT 1 FROM request WHERE id = request_id)",
            [.integer(replica)]
        )
    }

    /// Takes holds out of the table.
    func deleteHolds(_ ids: [RequestID]) throws {
        guard !ids.isEmpty else { return }
        let list = "{" + ids.map(\.description).joined(separator: ",") + "}"
        try execute("DELETE FROM hold WHERE request_id = ANY (CAST(? AS UUID[]))", [.text(list)])
    }
}
