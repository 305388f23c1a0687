internal import Domain
internal import Foundation
internal import GRDB
internal import Glibc

/// The writer's connection to the SQLite file.
struct SQLiteLedger: LedgerDatabase {
    /// While no more rows than this wait, writing them lets anyone else run first every few rows.
    ///
    /// Where the writer shares a core with an event loop, a request would otherwise wait for a whole transaction.
    private static let politeRowsMax = 2000

    private let queue: DatabaseQueue

    /// Opens or makes the file at `path`, in WAL mode, and migrates it.
    init(path: String, settings: LedgerSettings) throws(LedgerError) {
        var configuration = Configuration()
        configuration.label = "switchyard.ledger"
        configuration.foreignKeysEnabled = false
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(Double(settings.busyTimeoutMilliseconds) / 1000)
        // GRDB ends the process over a transaction that is left open. Where a broken disk refuses even a rollback, the
        // next transaction's refusal sends its rows to the spill file instead.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { database in
            // Rows carry a kilobyte of JSON: with pages of 8 kB they fit without overflow pages, measured at half the CPU.
            try database.execute(sql: "PRAGMA page_size = 8192")
            try database.execute(sql: "PRAGMA cache_size = -8000")
            // What a checkpoint that a long report held up left behind is given back to the disk.
            try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw .cannotOpen(path: path, reason: "\(error)")
        }
        try LedgerSchema.migrate(queue, path: path)
        do {
            if let bytes = settings.databaseBytesMax { try limit(bytesMax: bytes) }
        } catch {
            throw .cannotOpen(path: path, reason: "\(error)")
        }
    }

    func write(_ segments: [[LedgerEntry]], _ journal: HoldJournal, durably: Bool) throws -> Rejections {
        var rejections = Rejections()
        rejections.rowCount = segments.reduce(0) { $0 + $1.count }
        let isPolite = rejections.rowCount <= Self.politeRowsMax
        try transaction(durably: durably) { inserter in
            rejections.reasons = []
            for segment in segments {
                // By span, which lends the entries: a loop over the array would copy each with all its strings.
                let span = segment.span
                for index in span.indices {
                    if isPolite { sched_yield() }
                    do { try inserter.insert(span[index]) } catch { try rejections.note(error) }
                }
            }
            for hold in journal.unwritten.values { try inserter.write(hold) }
            for id in journal.undeleted { try inserter.deleteHold(id) }
        }
        return rejections
    }

    func replay(_ payloads: [[UInt8]]) throws -> Rejections {
        var rejections = Rejections()
        rejections.rowCount = payloads.count { !SpillDecoder.isHold($0) }
        try transaction(durably: true) { inserter in
            rejections.reasons = []
            for payload in payloads {
                do {
                    if try !inserter.insert(spilled: payload) { rejections.reasons.append(Rejections.unreadable) }
                } catch {
                    try rejections.note(error)
                }
            }
            try inserter.deleteSettledHolds()
        }
        return rejections
    }

    func recoverHolds(except own: Set<RequestID>) throws -> [LedgerEntry] {
        var entries: [LedgerEntry] = []
        try transaction(durably: true) { inserter in
            entries = []
            for hold in try inserter.holds() where !own.contains(hold.id) {
                let entry = hold.crashedEntry
                if try inserter.insert(entry) { entries.append(entry) }
                try inserter.deleteHold(hold.id)
            }
        }
        return entries
    }

    /// Runs `body` in one transaction; with `durably`, it is on the disk when this returns.
    func transaction(durably: Bool, _ body: (inout RowInserter) throws -> Void) throws {
        try queue.writeWithoutTransaction { database in
            // WAL commits without waiting for the disk in NORMAL, and syncs the whole log, earlier commits too, in FULL.
            try database.cachedStatement(sql: "PRAGMA synchronous = \(durably ? "FULL" : "NORMAL")").execute()
            try database.inTransaction(.immediate) {
                var inserter = try RowInserter(database)
                try body(&inserter)
                return .commit
            }
        }
    }

    func prune(before unixMilliseconds: Int64, rowsMax: Int) throws -> Int {
        try queue.writeWithoutTransaction { database in
            var count = 0
            try database.inTransaction(.immediate) {
                let old = "SELECT number FROM request WHERE id < ? ORDER BY id LIMIT ?"
                let bounds: StatementArguments = [RequestID.lowest(at: unixMilliseconds).data, rowsMax]
                try database.execute(sql: "DELETE FROM attempt WHERE request_number IN (\(old))", arguments: bounds)
                try database.execute(sql: "DELETE FROM evidence WHERE request_number IN (\(old))", arguments: bounds)
                let oldIDs = "SELECT id FROM request WHERE id < ? ORDER BY id LIMIT ?"
                try database.execute(sql: "DELETE FROM feedback WHERE request_id IN (\(oldIDs))", arguments: bounds)
                try database.execute(sql: "DELETE FROM request WHERE number IN (\(old))", arguments: bounds)
                count = database.changesCount
                return .commit
            }
            return count
        }
    }

    func pruneEvidence(before unixMilliseconds: Int64, requestsMax: Int, rowsMax: Int) throws -> Int {
        try queue.writeWithoutTransaction { database in
            // Requests are numbered as they end, and so but for seconds by their age.
            let old = try Int64.fetchOne(
                database,
                sql: "SELECT number FROM request WHERE id < ? ORDER BY id DESC LIMIT 1",
                arguments: [RequestID.lowest(at: unixMilliseconds).data]
            )
            let last = try Int64.fetchOne(database, sql: "SELECT max(number) FROM request") ?? 0
            let bound = max(old ?? 0, last - Int64(max(requestsMax, 0)))
            let rows = "SELECT request_number FROM evidence WHERE request_number <= ? ORDER BY request_number LIMIT ?"
            try database.execute(
                sql: "DELETE FROM evidence WHERE request_number IN (\(rows))",
                arguments: [bound, rowsMax]
            )
            return database.changesCount
        }
    }

    /// Has the database refuse rows rather than grow beyond `bytesMax`, or beyond what it is already.
    private func limit(bytesMax: Int) throws {
        try queue.writeWithoutTransaction { database in
            let pageBytes = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
            try database.execute(sql: "PRAGMA max_page_count = \(max(bytesMax / pageBytes, 1))")
        }
    }

    /// The last connection to close merges the log into the file.
    func close() throws { try queue.close() }
}

extension Rejections {
    /// Takes note of a refusal that would meet its row again whenever it were tried; throws any other.
    fileprivate mutating func note(_ error: any Error) throws {
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG: reasons.append("\(error)")
        default: throw error
        }
    }
}
