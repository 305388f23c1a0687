internal import Domain
internal import PostgreSQL
internal import Synchronization

/// The writer's connection to a PostgreSQL database, made anew where it was lost.
///
/// A batch goes in by COPY, which takes a tenth of the server's time that inserts do. Where COPY is refused for what a row
/// holds, or for a row that is there already, as after a commit whose answer was lost, the batch goes in again row by row:
/// then each that is there is passed over, and each that is refused is told.
final class PostgreSQLLedger: LedgerDatabase {
    private struct State {
        var connection: PostgreSQLConnection?
        /// Days since 1970 UTC whose partitions were seen.
        var days: Set<Int64> = []
    }

    private let address: PostgreSQLAddress
    /// Taken on the writer's queue alone, so never waited for.
    private let state: Mutex<State>

    /// Connects to the database at `address`, migrates it, and makes sure that no other gateway writes it.
    init(_ address: PostgreSQLAddress) throws(LedgerError) {
        self.address = address
        let connection: PostgreSQLConnection
        do {
            connection = try PostgreSQLConnection(to: address)
        } catch {
            throw .cannotOpen(path: address.url, reason: "\(error)")
        }
        try LedgerSchema.migrate(connection, address: address)
        guard (try? Self.takesTurn(connection)) == true else { throw .inUse(path: address.url) }
        state = Mutex(State(connection: connection))
    }

    func write(_ segments: [[LedgerEntry]], _ journal: HoldJournal, durably: Bool) throws -> Rejections {
        var batch = PostgreSQLBatch()
        for segment in segments { for entry in segment { batch.add(entry) } }
        return try write(batch, journal, durably: durably)
    }

    func replay(_ payloads: [[UInt8]]) throws -> Rejections {
        var (batch, unreadable) = (PostgreSQLBatch(), 0)
        for payload in payloads where !batch.add(spilled: payload) { unreadable += 1 }
        var rejections = try write(batch, HoldJournal(), durably: true)
        rejections.rowCount += unreadable
        rejections.reasons += Array(repeating: Rejections.unreadable, count: unreadable)
        return rejections
    }

    func recoverHolds(except own: Set<RequestID>) throws -> [LedgerEntry] {
        try use { connection, days in
            let session = PostgreSQLSession(connection: connection)
            let columns = HoldRow.columns.joined(separator: ", ")
            let holds = try session.rows("SELECT \(columns) FROM hold", []) { HoldRow(from: &$0) }
            let entries = holds.filter { !own.contains($0.id) }.map(\.crashedEntry)
            guard !entries.isEmpty else { return [] }
            var batch = PostgreSQLBatch()
            for entry in entries { batch.add(entry) }
            try makeDays(of: batch, connection, &days)
            var written: [LedgerEntry] = []
            try transaction(connection, durably: true) {
                for (entry, row) in zip(entries, batch.rows) where try row.insert(into: session) {
                    written.append(entry)
                }
                try session.deleteHolds(entries.map(\.request.id))
            }
            return written
        }
    }

    func prune(before unixMilliseconds: Int64, rowsMax: Int) throws -> Int {
        try use { connection, days in
            let day = unixMilliseconds / PostgreSQLBatch.millisecondsOfDay
            var count: Int64 = 0
            try transaction(connection, durably: true) {
                // A drop waits for whoever reads the table, and everyone else for the drop: rather try again in an hour.
                try connection.run("SET LOCAL lock_timeout = 1000")
                let session = PostgreSQLSession(connection: connection)
                count = try session.integer("SELECT drop_days_before(?)", [.integer(day)]) ?? 0
            }
            days = days.filter { $0 >= day }
            return Int(count)
        }
    }

    func pruneEvidence(before unixMilliseconds: Int64, requestsMax: Int, rowsMax: Int) throws -> Int {
        try use { connection, _ in
            let session = PostgreSQLSession(connection: connection)
            let latest = try session.rows(
                "SELECT id FROM request ORDER BY id DESC OFFSET ? LIMIT 1",
                [.integer(Int64(max(requestsMax - 1, 0)))]
            ) { $0.requestID() }
            var bound = RequestID.lowest(at: unixMilliseconds)
            if requestsMax <= 0 { bound = RequestID(high: .max, low: .max) }
            if let first = latest.first, first.description > bound.description { bound = first }
            let old = "SELECT request_id FROM evidence WHERE request_id < $1 ORDER BY request_id LIMIT $2"
            return try connection.execute(
                "DELETE FROM evidence WHERE request_id IN (\(old))",
                [bound.description, "\(rowsMax)"]
            )
        }
    }

    func close() { state.withLock { $0.connection = nil } }

    // MARK: Batches

    private func write(_ batch: PostgreSQLBatch, _ journal: HoldJournal, durably: Bool) throws -> Rejections {
        try use { connection, days in
            var rejections = Rejections()
            rejections.rowCount = batch.rowCount
            let session = PostgreSQLSession(connection: connection)
            try makeDays(of: batch, connection, &days)
            do {
                try transaction(connection, durably: durably) {
                    try batch.copy(to: connection)
                    try session.apply(journal)
                }
                return rejections
            } catch let error as PostgreSQLError where error.isAboutValues {
                // Another process may have dropped a day that this one knew.
                days = []
                try makeDays(of: batch, connection, &days)
            }
            try transaction(connection, durably: durably) {
                for row in batch.rows {
                    try connection.run("SAVEPOINT entry")
                    do {
                        try row.insert(into: session)
                        try connection.run("RELEASE entry")
                    } catch let error as PostgreSQLError where error.isAboutValues {
                        try connection.run("ROLLBACK TO entry")
                        rejections.reasons.append("\(error)")
                    }
                }
                try session.apply(journal)
            }
            return rejections
        }
    }

    private func makeDays(
        of batch: PostgreSQLBatch,
        _ connection: PostgreSQLConnection,
        _ days: inout Set<Int64>
    ) throws {
        for day in batch.days.subtracting(days).sorted() {
            try connection.execute("SELECT make_day($1)", ["\(day)"])
            days.insert(day)
        }
    }

    // MARK: The connection

    /// Runs `body` with a connection that works, as far as that can be told.
    private func use<Value>(_ body: (PostgreSQLConnection, inout Set<Int64>) throws -> Value) throws -> Value {
        try state.withLock { state in
            let connection: PostgreSQLConnection
            if let kept = state.connection {
                connection = kept
            } else {
                connection = try PostgreSQLConnection(to: address)
                guard try Self.takesTurn(connection) else { throw LedgerError.inUse(path: address.url) }
                state.connection = connection
            }
            do {
                return try body(connection, &state.days)
            } catch {
                if connection.isLost { state.connection = nil }
                throw error
            }
        }
    }

    private func transaction(_ connection: PostgreSQLConnection, durably: Bool, _ body: () throws -> Void) throws {
        // Relaxed transactions are on the disk within PostgreSQL's wal_writer_delay, and survive the process at once.
        try connection.run(
            """
            BEGIN; SET LOCAL synchronous_commit = \(durably ? "on" : "off"); \
            SELECT pg_advisory_xact_lock_shared(\(AdvisoryLock.numbers.rawValue))
            """
        )
        do {
            try body()
            try connection.run("COMMIT")
        } catch {
            // Where even this fails the connection is lost, and the server rolls back by itself.
            try? connection.run("ROLLBACK")
            throw error
        }
    }

    /// Whether this connection is the only one that writes.
    private static func takesTurn(_ connection: PostgreSQLConnection) throws -> Bool {
        try PostgreSQLSession(connection: connection)
            .rows("SELECT pg_try_advisory_lock(\(AdvisoryLock.writer.rawValue))", []) { $0.flag() }.first ?? false
    }
}
