internal import PostgreSQL

/// The statements of an exchange, in its transaction and under its lock.
extension PostgreSQLSession {
    /// Has the lease last for another `term`; whether it had ended.
    func renew(_ replica: Replica, term: Duration, spills: Bool) throws -> Bool {
        let isOver = "SELECT expires IS NULL OR expires <= clock_timestamp() FROM replica WHERE id = ?"
        let wasOver = try rows(isOver, [.integer(replica.id)]) { $0.flag() }.first ?? true
        // One that slept for days finds its row gone.
        try execute(
            """
            INSERT INTO replica (id, name, renewed, expires, spills) \
            VALUES (?1, ?2, clock_timestamp(), clock_timestamp() + make_interval(secs => ?3), ?4) ON CONFLICT (id) \
            DO UPDATE SET renewed = excluded.renewed, expires = excluded.expires, spills = excluded.spills
            """,
            [.integer(replica.id), .text(replica.name), .real(term / .seconds(1)), .text("\(spills)")]
        )
        return wasOver
    }

    /// Writes what was worked out, but for what has changed since.
    func settle(_ settled: LeaseSettlement) throws {
        let arrears = settled.arrears
        guard try census() == arrears.census else { return }
        let new = try newKeys(of: arrears.newKeys)
        for id in arrears.gone {
            let isGone = "SELECT 1 FROM replica WHERE id = ? AND expires <= clock_timestamp()"
            guard try exists(isGone, [.integer(id)]) else { continue }
            try execute(
                "DELETE FROM lease WHERE replica = ? AND key = ANY (CAST(? AS TEXT[]))",
                [.integer(id), .array(settled.keys)]
            )
            try insert(settled.lines.filter { $0.replica == id })
            try execute("UPDATE replica SET expires = NULL WHERE id = ?", [.integer(id)])
        }
        try insert(settled.lines.filter { $0.replica == LeaseRecord.nobody && new.contains($0.key) })
        try execute("INSERT INTO lease_key SELECT unnest(CAST(? AS TEXT[])) ON CONFLICT DO NOTHING", [.array(new)])
    }

    /// What is to be settled, and who is alive.
    func arrears(of keys: [String], except own: Int64, doubt: Duration) throws -> LeaseArrears {
        var arrears = LeaseArrears()
        arrears.census = try census()
        arrears.live = try rows("SELECT id FROM replica WHERE expires > clock_timestamp()", []) { $0.integer() }
        arrears.gone = try rows(
            """
            SELECT id FROM replica WHERE id <> ? AND expires <= clock_timestamp() \
            AND (renewed > pg_postmaster_start_time() AND NOT spills \
            OR greatest(renewed, pg_postmaster_start_time()) + make_interval(secs => ?) <= clock_timestamp())
            """,
            [.integer(own), .real(doubt / .seconds(1))]
        ) { $0.integer() }
        arrears.newKeys = try newKeys(of: keys)
        return arrears
    }

    /// Which processes there are, and how it stands with each: settled (NULL), alive or gone.
    private func census() throws -> String {
        let sql = """
            SELECT coalesce(string_agg(id || coalesce(CAST(expires > clock_timestamp() AS TEXT), ''), ' ' ORDER BY id), '') \
            FROM replica
            """
        return try rows(sql, []) { $0.text() }.first ?? ""
    }

    private func newKeys(of keys: [String]) throws -> [String] {
        guard !keys.isEmpty else { return [] }
        return try rows(
            "SELECT key FROM unnest(CAST(? AS TEXT[])) AS key WHERE key NOT IN (SELECT key FROM lease_key)",
            [.array(keys)]
        ) { $0.text() }
    }

    func lines(of keys: [String]) throws -> [LeaseRecord] {
        guard !keys.isEmpty else { return [] }
        let sql = "SELECT \(LeaseRecord.columns) FROM lease WHERE key = ANY (CAST(? AS TEXT[]))"
        return try rows(sql, [.array(keys)]) { LeaseRecord(from: &$0) }
    }

    /// Puts `lines` in place of those of `own` that are of the same windows; those that stay as they are cost nothing.
    ///
    /// A window that was left behind keeps its line: others, whose clocks are behind, may still be in it. A line that is of
    /// no window is all that there is of its key.
    func replace(_ own: [LeaseRecord], by lines: [LeaseRecord], of replica: Int64) throws {
        let whole = Set(lines.filter { $0.cell < 0 }.map(\.key))
        try forget(own.filter { $0.cell >= 0 && whole.contains($0.key) })
        try insert(Array(Set(lines).subtracting(own)))
    }

    /// Deletes `lines`.
    func forget(_ lines: [LeaseRecord]) throws {
        guard !lines.isEmpty else { return }
        try execute(
            """
            DELETE FROM lease USING unnest(CAST(? AS TEXT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[])) \
            AS old (key, replica, cell) \
            WHERE lease.key = old.key AND lease.replica = old.replica AND lease.cell = old.cell
            """,
            [
                .array(lines.map(\.key)), .array(lines.map { "\($0.replica)" }), .array(lines.map { "\($0.cell)" }),
            ]
        )
    }

    private func insert(_ lines: [LeaseRecord]) throws {
        guard !lines.isEmpty else { return }
        func column(_ value: (LeaseRecord) -> Int64) -> SQLValue { .array(lines.map { "\(value($0))" }) }
        let numbers = repeatElement("CAST(? AS BIGINT[])", count: 6).joined(separator: ", ")
        try execute(
            """
            INSERT INTO lease (\(LeaseRecord.columns)) SELECT * FROM unnest(CAST(? AS TEXT[]), \(numbers)) \
            ON CONFLICT (key, replica, cell) DO UPDATE SET ceiling = excluded.ceiling, used = excluded.used, \
            held = excluded.held, asked = excluded.asked
            """,
            [
                .array(lines.map(\.key)), column(\.replica), column(\.cell), column(\.ceiling), column(\.used),
                column(\.held), column(\.asked),
            ]
        )
    }

    /// The version of what administration has set up, and whether this session is the planner's: the first that asks is,
    /// until it ends.
    func standing() throws -> (version: Int64, isLeader: Bool) {
        let lock = AdvisoryLock.planner.rawValue
        // A session may take a lock that it has any number of times, so it asks first whether it has.
        let sql = """
            SELECT (SELECT coalesce(max(number), 0) FROM audit), CASE WHEN EXISTS (SELECT 1 FROM pg_locks \
            WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted AND classid = 0 AND objid = \(lock) \
            AND objsubid = 1) THEN true ELSE pg_try_advisory_lock(\(lock)) END
            """
        return try rows(sql, []) { ($0.integer(), $0.flag()) }.first ?? (0, false)
    }
}

extension SQLValue {
    /// An array of texts or numbers in PostgreSQL's own form.
    static func array(_ items: [String]) -> SQLValue {
        let quoted = items.map { item in
            "\"" + item.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        return .text("{" + quoted.joined(separator: ",") + "}")
    }
}
