internal import PostgreSQL
internal import Synchronization

/// The table of leases in PostgreSQL: what replicas have of the budgets that they share.
///
/// One exchange is one transaction. All of them queue for one lock of the database, each for the milliseconds that it takes;
/// what takes longer, adding up the rows of a replica that is gone, is done beside it. Every method blocks until the
/// database has answered.
///
/// - A replica's lease ends `term` after its last exchange, by the database's clock. Until then nobody has what it has.
/// - Then it is settled: its lines become what its rows and its open holds come to, and the rest is free.
/// - If the database was started after its last exchange, or if it said there that rows of its are spilled, they may wait in
///   its spill file still: then it is settled when it comes back, or after twenty terms.
public final class LeaseStore: Sendable {
    private let address: PostgreSQLAddress
    private let replica: Replica
    private let writer: LedgerWriter
    private let term: Duration
    private let doubt: Duration
    private let connection = Mutex<PostgreSQLConnection?>(nil)
    private let reader: LedgerReader

    /// The store of `writer`'s replica, `nil` where a ledger has no replicas: SQLite's.
    ///
    /// - Parameters:
    ///   - location: The writer's database.
    ///   - writer: What writes this replica's rows.
    ///   - term: How long a lease lasts that is not renewed.
    /// - Throws: ``LedgerError/cannotOpen(path:reason:)``.
    public convenience init?(
        at location: LedgerLocation,
        of writer: LedgerWriter,
        term: Duration
    ) throws(LedgerError) {
        try self.init(at: location, of: writer, term: term, doubt: term * 20)
    }

    /// The same with the time that a replica has to come back whose rows may be missing.
    init?(
        at location: LedgerLocation,
        of writer: LedgerWriter,
        term: Duration,
        doubt: Duration
    ) throws(LedgerError) {
        guard case .postgreSQL(var address) = location, let replica = writer.replica else { return nil }
        // A database that does not answer is as bad as one that is away, and a lease must not end while it is waited for.
        address.statementMillisecondsMax = Int(term / .milliseconds(3))
        self.address = address
        self.replica = replica
        self.writer = writer
        self.term = term
        self.doubt = doubt
        reader = try LedgerReader(at: location, connectionsMax: 1)
    }

    /// Has the processes before this one settled: what they spilled is in the ledger now, and what they held is booked.
    public func begin() throws(LedgerError) {
        try transaction { session in
            try session.execute(
                """
                UPDATE replica SET renewed = clock_timestamp(), expires = clock_timestamp(), spills = false \
                WHERE name = ? AND id <> ? AND expires IS NOT NULL
                """,
                [.text(replica.name), .integer(replica.id)]
            )
            try session.execute(
                "DELETE FROM replica WHERE expires IS NULL AND renewed < clock_timestamp() - INTERVAL '1 day'",
                []
            )
        }
    }

    /// Renews the lease: reads what others have under `keys`, and writes what `decide` makes of that.
    ///
    /// - Parameters:
    ///   - keys: What is shared.
    ///   - settled: What was worked out for the arrears of an earlier exchange.
    ///   - decide: The replica's own lines, within the transaction; it must not block.
    /// - Returns: What came of it. The lines are the table's now.
    /// - Throws: ``LedgerError/cannotRead(reason:)``; then the table may have them or not.
    public func exchange(
        _ keys: [LeaseKey],
        settled: LeaseSettlement?,
        _ decide: (LeaseView) -> [LeaseRecord]
    ) throws(LedgerError) -> LeaseRenewal {
        try transaction { session in
            let wasOver = try session.renew(replica, term: term, spills: spills)
            if let settled { try session.settle(settled) }
            let arrears = try session.arrears(of: keys.map(\.key), except: replica.id, doubt: doubt)
            let counted = keys.map(\.key).filter { !arrears.newKeys.contains($0) }
            let known = try session.lines(of: counted)
            let oldest = Dictionary(keys.map { ($0.key, $0.oldestCell) }) { first, _ in first }
            let own = known.filter { $0.replica == replica.id }
            let view = LeaseView(
                others: Dictionary(grouping: known.filter { $0.replica != replica.id }, by: \.key),
                replicas: arrears.live.count,
                wasOver: wasOver
            )
            let lines = decide(view).filter { counted.contains($0.key) }
            try session.replace(own, by: lines, of: replica.id)
            try session.forget(known.filter { $0.cell >= 0 && $0.cell < oldest[$0.key] ?? 0 })
            let (version, isLeader) = try session.standing()
            return LeaseRenewal(
                arrears: arrears,
                replicas: arrears.live.count,
                controlVersion: version,
                isLeader: isLeader
            )
        }
    }

    /// Works out what `arrears` come to; beside all exchanges, however long it takes.
    ///
    /// - Parameters:
    ///   - arrears: What an exchange found.
    ///   - keys: What is shared.
    ///   - lines: The lines of what a replica took under a key, by the sums of its rows.
    /// - Returns: What the next exchange is to write.
    /// - Throws: ``LedgerError/cannotRead(reason:)``.
    public func settlement(
        of arrears: LeaseArrears,
        _ keys: [LeaseKey],
        _ lines: (_ key: String, _ sums: [SpendSum], _ replica: Int64) -> [LeaseRecord]
    ) throws(LedgerError) -> LeaseSettlement {
        var settlement = LeaseSettlement(arrears: arrears)
        let old = keys.filter { !arrears.newKeys.contains($0.key) }
        for replica in arrears.gone {
            let sums = try reader.spending(old.map(\.query), of: .replica(replica), withHolds: true)
            for (key, sums) in zip(old, sums) { settlement.lines += lines(key.key, sums, replica) }
        }
        let new = keys.filter { arrears.newKeys.contains($0.key) }
        let sums = try reader.spending(new.map(\.query), of: .allBut(arrears.live), withHolds: true)
        for (key, sums) in zip(new, sums) { settlement.lines += lines(key.key, sums, LeaseRecord.nobody) }
        settlement.keys = keys.map(\.key)
        return settlement
    }

    /// Ends the lease: what was not taken is free at once, and what was taken is settled by the others from the rows.
    public func end() throws(LedgerError) {
        try transaction { session in
            try session.execute(
                "UPDATE replica SET renewed = clock_timestamp(), expires = clock_timestamp(), spills = ? WHERE id = ?",
                [.text("\(spills)"), .integer(replica.id)]
            )
        }
        connection.withLock { $0 = nil }
    }

    /// Whether rows wait in the spill file, so that others cannot add up what this replica took.
    private var spills: Bool { writer.metrics.rowsSpilled > 0 }

    private static let begin = "BEGIN; SELECT pg_advisory_xact_lock(\(AdvisoryLock.leases.rawValue))"

    private func transaction<Value>(_ body: (PostgreSQLSession) throws -> Value) throws(LedgerError) -> Value {
        do {
            return try connection.withLock { kept in
                // One that was lost since the last time, as when the server was restarted, is made anew at once.
                if kept?.isLost == true || (try? kept?.run(Self.begin)) == nil { kept = nil }
                let connection = try kept ?? PostgreSQLConnection(to: address)
                if kept == nil { try connection.run(Self.begin) }
                kept = connection
                do {
                    let value = try body(PostgreSQLSession(connection: connection))
                    try connection.run("COMMIT")
                    return value
                } catch {
                    // A connection that cannot even roll back is let go of, and with it the planner's lock.
                    if (try? connection.run("ROLLBACK")) == nil { kept = nil }
                    throw error
                }
            }
        } catch {
            throw .cannotRead(reason: "\(error)")
        }
    }
}

/// What replicas that are gone took, as lines that take the place of theirs.
public struct LeaseSettlement: Sendable {
    let arrears: LeaseArrears
    var lines: [LeaseRecord] = []
    var keys: [String] = []
}
