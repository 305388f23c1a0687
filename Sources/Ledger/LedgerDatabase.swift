internal import Domain
internal import Foundation
internal import GRDB

/// The writer's connection to the SQLite file.
struct LedgerDatabase {
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

    /// Deletes up to `rowsMax` of the requests that began before `unixMilliseconds`, with their attempts; the number.
    func prune(before unixMilliseconds: Int64, rowsMax: Int) throws -> Int {
        try queue.writeWithoutTransaction { database in
            var count = 0
            try database.inTransaction(.immediate) {
                let old = "SELECT number FROM request WHERE id < ? ORDER BY id LIMIT ?"
                let bounds: StatementArguments = [RequestID.lowest(at: unixMilliseconds), rowsMax]
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

    /// Deletes up to `rowsMax` rows of evidence of requests that began before `unixMilliseconds`, or that are not among the
    /// latest `requestsMax`; the number.
    func pruneEvidence(before unixMilliseconds: Int64, requestsMax: Int, rowsMax: Int) throws -> Int {
        try queue.writeWithoutTransaction { database in
            // Requests are numbered as they end, and so but for seconds by their age.
            let old = try Int64.fetchOne(
                database,
                sql: "SELECT number FROM request WHERE id < ? ORDER BY id DESC LIMIT 1",
                arguments: [RequestID.lowest(at: unixMilliseconds)]
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

    /// Closes the connection; the last one to close merges the log into the file.
    func close() throws { try queue.close() }
}

extension RequestID {
    /// What comes before every id of `unixMilliseconds` and behind those before it, as the ledger stores ids.
    static func lowest(at unixMilliseconds: Int64) -> Data {
        let milliseconds = UInt64(min(max(unixMilliseconds, 0), 1 << 48 - 1))
        return withUnsafeBytes(of: (milliseconds << 16).bigEndian) { Data($0) }
    }
}
