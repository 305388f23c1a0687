public import Domain
public import Tenancy

extension ControlStore {
    // MARK: Organisations and teams

    /// Makes `organisation`, or changes the one of its id.
    ///
    /// Here and below `actor` is who does it, by the name that the audit shows, and `now` the Unix millisecond.
    public func put(_ organisation: Organisation, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { try $0.put(organisation) }
    }

    /// Makes `team`, or changes the one of its id.
    public func put(_ team: Team, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { try $0.put(team) }
    }

    /// Deletes an organisation that has neither teams nor keys.
    public func deleteOrganisation(_ id: TenantID, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { change in
            try change.refuseUse(of: .organisation, id.rawValue, by: .team, in: "team", "organisation")
            try change.refuseUse(of: .organisation, id.rawValue, by: .key, in: "api_key", "organisation")
            try change.delete(Organisation.self, id.rawValue)
        }
    }

    /// Deletes a team that has no keys.
    public func deleteTeam(_ id: TeamID, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { change in
            try change.refuseUse(of: .team, id.rawValue, by: .key, in: "api_key", "team")
            try change.delete(Team.self, id.rawValue)
        }
    }

    // MARK: Keys

    /// Keeps a key that was just issued.
    ///
    /// - Throws: ``ControlError/exists(_:id:)`` if a key has or had its id.
    public func add(_ key: KeyRecord, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { change in
            guard try !change.hasRow("api_key", key.rowID) else { throw ControlError.exists(.key, id: key.rowID) }
            try change.put(key)
        }
    }

    /// Changes what is kept of a key; its text stays what it was.
    public func replace(_ key: KeyRecord, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { change in
            guard let old = try change.record(KeyRecord.self, key.rowID) else {
                throw ControlError.missing(.key, id: key.rowID)
            }
            try change.put(key, replacing: old)
        }
    }

    /// Deletes a key for good: its hash is forgotten, its name is never given again.
    public func deleteKey(_ id: KeyID, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { change in
            guard let old = try change.record(KeyRecord.self, id.rawValue) else {
                throw ControlError.missing(.key, id: id.rawValue)
            }
            try change.execute(
                "UPDATE api_key SET hash = NULL, is_disabled = \(change.database.dialect.yes) WHERE id = ?",
                [.text(id.rawValue)]
            )
            try change.audit("delete", .key, id.rawValue, before: AuditSink.json(old), after: nil)
        }
    }

    // MARK: Budgets

    /// Makes `budget`, or changes the one of its id.
    public func put(_ budget: Budget, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { try $0.put(budget) }
    }

    /// Makes `budget`, or changes the one of its id.
    public func put(_ budget: LatencyBudget, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { try $0.put(budget) }
    }

    /// Deletes a budget with its top-ups.
    public func deleteBudget(_ id: String, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { change in
            try change.delete(Budget.self, id)
            try change.execute("DELETE FROM top_up WHERE budget_id = ?", [.text(id)])
        }
    }

    /// Deletes a latency budget.
    public func deleteLatencyBudget(_ id: String, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { try $0.delete(LatencyBudget.self, id) }
    }

    /// Adds to a budget's cap for its current window; the budget may be one of the settings.
    public func add(_ topUp: TopUp, by actor: String) async throws(ControlError) {
        try await change(by: actor, at: topUp.addedUnixMilliseconds) { change in
            try change.execute(
                "INSERT INTO top_up (budget_id, added_unix_ms, amount, note) VALUES (?, ?, ?, ?)",
                [
                    .text(topUp.budgetID), .integer(topUp.addedUnixMilliseconds), .integer(topUp.amount),
                    .text(topUp.note),
                ]
            )
            try change.audit("top_up", .budget, topUp.budgetID, before: nil, after: #"{"amount": \#(topUp.amount)}"#)
        }
    }

    // MARK: Models

    /// Puts `model` over what the models file says of it.
    public func put(_ model: ModelOverride, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { try $0.put(model) }
    }

    /// Lets the models file have the last word on a model again.
    public func deleteModelOverride(_ id: ModelID, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { try $0.delete(ModelOverride.self, id.rawValue) }
    }

    // MARK: Audit and feedback

    /// Writes down a change of something that is kept elsewhere, such as a model's availability.
    ///
    /// `before` and `after` are JSON; they must hold no secret.
    public func note(
        _ action: String,
        of kind: ControlKind,
        named subject: String,
        before: String?,
        after: String?,
        by actor: String,
        at now: Int64
    ) async throws(ControlError) {
        try await change(by: actor, at: now) { change in
            try change.audit(action, kind, subject, before: before, after: after)
        }
    }

    /// Keeps feedback, in place of any before, on a request that `payer` made; `nil` for one of anybody's.
    ///
    /// - Throws: ``ControlError/missing(_:id:)`` if the ledger has no such request of that organisation and key; its row
    ///   is there within a tick of its end.
    public func add(_ feedback: Feedback, from payer: Payer?) async throws(ControlError) {
        try await perform { database in
            // The cast tells PostgreSQL what the place is, which a question for NULL alone does not.
            let question = """
                SELECT 1 FROM request WHERE id = ?1 \
                AND (CAST(?2 AS TEXT) IS NULL OR tenant = ?2 AND key_id IS NOT DISTINCT FROM ?3)
                """
            let isOwn = try database.exists(
                question,
                [
                    .id(feedback.requestID), .optional(payer?.organisation.rawValue),
                    .optional(payer?.key?.rawValue),
                ]
            )
            guard isOwn else { throw ControlError.missing(.request, id: "\(feedback.requestID)") }
            var row = ValueSink()
            feedback.write(to: &row)
            try database.upsert("feedback", Feedback.columns, key: ["request_id"], row.values)
        }
    }

    func change(
        by actor: String,
        at now: Int64,
        _ body: @escaping @Sendable (ControlTransaction) throws -> Void
    ) async throws(ControlError) {
        try await perform { try body(ControlTransaction(database: $0, actor: actor, now: now)) }
    }
}

/// One change under way: what it does goes into the audit with it.
struct ControlTransaction {
    let database: any StoreConnection
    let actor: String
    let now: Int64

    func put<Record: ControlRecord>(_ record: Record) throws {
        try put(record, replacing: try self.record(Record.self, record.rowID))
    }

    func put<Record: ControlRecord>(_ record: Record, replacing old: Record?) throws {
        var row = ValueSink()
        record.write(to: &row)
        try database.upsert(Record.table, Record.columns, key: ["id"], row.values)
        try audit(
            old == nil ? "create" : "change",
            Record.kind,
            record.rowID,
            before: old.map { AuditSink.json($0) },
            after: AuditSink.json(record)
        )
    }

    func delete<Record: ControlRecord>(_: Record.Type, _ id: String) throws {
        guard let old = try record(Record.self, id) else { throw ControlError.missing(Record.kind, id: id) }
        try execute("DELETE FROM \(Record.table) WHERE id = ?", [.text(id)])
        try audit("delete", Record.kind, id, before: AuditSink.json(old), after: nil)
    }

    func record<Record: ControlRecord>(_: Record.Type, _ id: String) throws -> Record? {
        let sql = "SELECT \(Record.quotedColumns) FROM \(Record.table) WHERE id = ?"
        return try database.rows(sql, [.text(id)]) { columns in Record(from: &columns) }.first.flatMap(\.self)
    }

    func hasRow(_ table: String, _ id: String) throws -> Bool {
        try database.exists("SELECT 1 FROM \(table) WHERE id = ?", [.text(id)])
    }

    /// Refuses to go on while a row of `table` names `id` in `column`; keys that were deleted do not count.
    func refuseUse(of kind: ControlKind, _ id: String, by user: ControlKind, in table: String, _ column: String) throws
    {
        let isKept = user == .key ? " AND hash IS NOT NULL" : ""
        let sql = "SELECT id FROM \(table) WHERE \(column) = ?\(isKept) ORDER BY id LIMIT 1"
        guard let name = try database.rows(sql, [.text(id)], { $0.text() }).first else { return }
        throw ControlError.inUse(kind, id: id, by: user, name)
    }

    func audit(_ action: String, _ kind: ControlKind, _ subject: String, before: String?, after: String?) throws {
        try execute(
            """
            INSERT INTO audit (at_unix_ms, actor, action, kind, subject, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(now), .text(actor), .text(action), .text(kind.rawValue), .text(subject),
                .optional(before), .optional(after),
            ]
        )
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws { try database.execute(sql, values) }
}
