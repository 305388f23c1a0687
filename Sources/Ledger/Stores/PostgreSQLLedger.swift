internal import Domain
internal import Glibc
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
    private let process: Replica
    /// Taken on the writer's queue alone, so never waited for.
    private let state: Mutex<State>

    var replica: Replica? { process }

    /// Connects to the database at `address`, migrates it, and makes sure that no other process goes by `name`.
    init(_ address: PostgreSQLAddress, name: String) throws(LedgerError) {
        self.address = address
        let connection: PostgreSQLConnection
        do {
            connection = try PostgreSQLConnection(to: address)
        } catch {
            throw .cannotOpen(path: address.url, reason: "\(error)")
        }
        try LedgerSchema.migrate(connection, address: address)
        do {
            guard try Self.takes(name, connection, patiently: true) else { throw LedgerError.inUse(path: address.url) }
            process = Replica(id: try Self.register(name, connection), name: name)
            try Self.introduce(process, connection)
        } catch let error as LedgerError {
            throw error
        } catch {
            throw .cannotOpen(path: address.url, reason: "\(error)")
        }
        state = Mutex(State(connection: connection))
    }

    func write(_ segments: [[LedgerEntry]], _ journal: HoldJournal, durably: Bool) throws -> Rejections {
        var batch = PostgreSQLBatch()
        for segment in segments { for entry in segment { batch.add(entry) } }
        return try write(batch, durably: durably) { session, _ in try session.apply(journal) }
    }

    func replay(_ payloads: [[UInt8]]) throws -> Rejections {
        var (batch, unreadable) = (PostgreSQLBatch(), 0)
        for payload in payloads where !batch.add(spilled: payload) { unreadable += 1 }
        // Each batch leaves no hold whose request has its row, whichever of the two came first.
        var rejections = try write(batch, durably: true) { session, batch in
            try session.insert(spilledHolds: batch.holds)
            try session.deleteSettledHolds(of: self.process.id)
        }
        rejections.rowCount += unreadable
        rejections.reasons += Array(repeating: Rejections.unreadable, count: unreadable)
        return rejections
    }

    func recoverHolds(except own: Set<RequestID>) throws -> [LedgerEntry] {
        try use { connection, days in
            let session = PostgreSQLSession(connection: connection)
            let columns = HoldRow.columns.joined(separator: ", ")
            // Of a process that may come back the holds are its own: it is settled, or one of this name, or forgotten.
            let holds = try session.rows(
                """
                SELECT \(columns), coalesce(replica, 0) FROM hold WHERE replica IS NULL OR replica NOT IN \
                (SELECT id FROM replica WHERE name <> ? AND (expires IS NOT NULL OR renewed > now() - INTERVAL '1 hour'))
                """,
                [.text(process.name)]
            ) { (hold: HoldRow(from: &$0), owner: $0.integer()) }
            var written: [LedgerEntry] = []
            for (owner, holds) in Dictionary(grouping: holds, by: \.owner) {
                let entries = holds.map(\.hold).filter { !own.contains($0.id) }.map(\.crashedEntry)
                var batch = PostgreSQLBatch()
                for entry in entries { batch.add(entry) }
                try makeDays(of: batch, connection, &days)
                try transaction(connection, durably: true) {
                    // They stay whose they were: what that one took is added up by it.
                    try connection.run("SET LOCAL switchyard.replica = '\(owner > 0 ? "\(owner)" : "")'")
                    for (entry, row) in zip(entries, batch.rows) where try row.insert(into: session) {
                        written.append(entry)
                    }
                    try session.deleteHolds(entries.map(\.request.id))
                }
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

    /// Writes the rows of `batch`, and in the same transaction what `change` makes of the journal of holds.
    private func write(
        _ batch: PostgreSQLBatch,
        durably: Bool,
        _ change: (PostgreSQLSession, PostgreSQLBatch) throws -> Void
    ) throws -> Rejections {
        try use { connection, days in
            var rejections = Rejections()
            rejections.rowCount = batch.rowCount
            let session = PostgreSQLSession(connection: connection)
            try makeDays(of: batch, connection, &days)
            do {
                try transaction(connection, durably: durably) {
                    try batch.copy(to: connection)
                    try change(session, batch)
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
                try change(session, batch)
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
                // Where the name is taken, it is by this process's lost connection.
                _ = try Self.takes(process.name, connection)
                try Self.introduce(process, connection)
                state.connection = connection
            }
            do {
                return try body(connection, &state.days)
            } catch {
                let isAboutTheConnection = (error as? PostgreSQLError)?.isAboutTheConnection ?? false
                if connection.isLost || isAboutTheConnection { state.connection = nil }
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

    /// Whether no other process goes by `name`, as would one on another host that calls itself the same.
    ///
    /// One that has just ended may be connected still, as far as the server knows: that is waited for if `patiently`.
    private static func takes(
        _ name: String,
        _ connection: PostgreSQLConnection,
        patiently: Bool = false
    ) throws -> Bool {
        // A host that is gone must not keep its name for the two hours that TCP would.
        try connection.run(
            "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
        )
        for trial in 0..<(patiently ? 40 : 1) {
            if trial > 0 { usleep(50_000) }
            let isTaken = try PostgreSQLSession(connection: connection)
                .rows("SELECT pg_try_advisory_lock(hashtextextended(?, 0))", [.text(name)]) { $0.flag() }.first
            if isTaken == true { return true }
        }
        return false
    }

    /// The number of a new process, which has leased nothing yet.
    private static func register(_ name: String, _ connection: PostgreSQLConnection) throws -> Int64 {
        try PostgreSQLSession(connection: connection)
            .rows(
                """
                INSERT INTO replica (name, renewed, expires) VALUES (?, clock_timestamp(), clock_timestamp()) RETURNING id
                """,
                [.text(name)]
            ) { $0.integer() }.first ?? 0
    }

    /// Has the rows that this connection writes bear the process's number.
    private static func introduce(_ process: Replica, _ connection: PostgreSQLConnection) throws {
        try connection.run("SET switchyard.replica = '\(process.id)'")
    }
}
