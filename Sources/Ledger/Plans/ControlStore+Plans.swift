internal import Domain
internal import GRDB

/// What the planner keeps: demand by the hour, the grids, plans and what they wanted.
///
/// All of it blocks until the database has answered, so it is for the planner's own queue.
extension ControlStore {
    /// Adds up requests that have been written since the last call, in small transactions, so that new rows go between.
    ///
    /// Of the gateway's own choices alone: who names a model is no demand that a plan could move. Embeddings are none, nor
    /// what was refused, or answered by a cache.
    public func gatherDemand(rowsPerTransaction: Int = 20_000) throws(ControlError) {
        while try performNow({ try Self.gatherDemand(in: $0, rowsMax: Int64(max(rowsPerTransaction, 1))) }) {}
    }

    /// Whether there may be more.
    private static func gatherDemand(in database: Database, rowsMax: Int64) throws -> Bool {
        let from = try Int64.fetchOne(database, sql: "SELECT request_number FROM plan_progress") ?? 0
        let last = try Int64.fetchOne(database, sql: "SELECT max(number) FROM request") ?? 0
        guard last > from else { return false }
        let through = min(from + rowsMax, last)
        try database.execute(
            sql: """
                INSERT INTO plan_demand
                SELECT started_unix_ms / 3600000, coalesce(plan_group, ''), coalesce(capability, ''),
                    coalesce(model_used, ''), count(*),
                    coalesce(sum((carbon_micrograms - coalesce(embodied_micrograms, 0)) / (grams_per_kwh * 1e6)), 0),
                    coalesce(sum(embodied_micrograms), 0), sum(cost_nanodollars)
                FROM request
                WHERE number > ? AND number <= ? AND strategy <> '' AND endpoint <> 'embeddings'
                    AND outcome IN ('completed', 'client_closed', 'upstream_failed', 'cut', 'timed_out', 'crashed')
                GROUP BY 1, 2, 3, 4
                ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,
                    kilowatt_hours = kilowatt_hours + excluded.kilowatt_hours,
                    embodied_micrograms = embodied_micrograms + excluded.embodied_micrograms,
                    cost_nanodollars = cost_nanodollars + excluded.cost_nanodollars
                """,
            arguments: [from, through]
        )
        try database.execute(sql: "UPDATE plan_progress SET request_number = ?", arguments: [through])
        return through < last
    }

    /// What was asked in hours since 1970 UTC, by hour.
    public func demand(in hours: Range<Int>) throws(ControlError) -> [DemandRow] {
        try performNow { try Self.demand(in: hours, $0) }
    }

    private static func demand(in hours: Range<Int>, _ database: Database) throws -> [DemandRow] {
        let sql = """
            SELECT hour, plan_group, capability, model, requests, kilowatt_hours, embodied_micrograms, \
            cost_nanodollars FROM plan_demand WHERE hour >= ? AND hour < ? ORDER BY hour
            """
        return try database.rows(sql, [hours.lowerBound, hours.upperBound]) { columns in
            let (hour, group) = (Int(columns.integer()), columns.text())
            let (capability, model) = (columns.text(), columns.text())
            return DemandRow(
                hour: hour,
                group: group,
                capability: Capability(rawValue: capability),
                model: model.isEmpty ? nil : ModelID(model),
                requests: Int(columns.integer()),
                kilowattHours: columns.optionalReal() ?? 0,
                embodied: Carbon(micrograms: columns.integer()),
                cost: Money(nanodollars: columns.integer())
            )
        }
    }

    /// Notes what a grid emits, in g CO2e/kWh, by the hour since 1970 UTC; the last word counts.
    public func keepIntensity(_ gramsPerKilowattHour: [Int: Double], zone: String) throws(ControlError) {
        guard !gramsPerKilowattHour.isEmpty else { return }
        try performNow { database in
            for (hour, grams) in gramsPerKilowattHour {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO plan_intensity (zone, hour, grams_per_kwh) VALUES (?, ?, ?)",
                    arguments: [zone, hour, grams]
                )
            }
        }
    }

    /// What is known of a grid from `hour` on.
    public func intensity(of zone: String, since hour: Int) throws(ControlError) -> [Int: Double] {
        try performNow { database in
            let sql = "SELECT hour, grams_per_kwh FROM plan_intensity WHERE zone = ? AND hour >= ?"
            let rows = try database.rows(sql, [zone, hour]) { (Int($0.integer()), $0.optionalReal() ?? 0) }
            return Dictionary(rows) { $1 }
        }
    }

    /// Keeps a plan, and what it wants of the hour at hand.
    ///
    /// - Parameters:
    ///   - unixMilliseconds: When it was made.
    ///   - reason: Why it was made then.
    ///   - plansMax: The oldest plans beyond so many are deleted.
    ///   - document: What it says, for its number.
    ///   - shares: What it wants of the hour at hand, likewise.
    /// - Returns: Its number.
    /// - Throws: ``ControlError`` where the database cannot be written.
    public func keepPlan(
        madeAt unixMilliseconds: Int64,
        reason: String,
        plansMax: Int,
        document: (Int64) -> String,
        shares: (Int64) -> [PlannedShare]
    ) throws(ControlError) -> Int64 {
        try performNow { database in
            let number = (try Int64.fetchOne(database, sql: "SELECT max(number) FROM plan") ?? 0) + 1
            try database.execute(
                sql: "INSERT INTO plan (number, made_unix_ms, reason, document) VALUES (?, ?, ?, ?)",
                arguments: [number, unixMilliseconds, reason, document(number)]
            )
            try database.execute(sql: "DELETE FROM plan WHERE number <= ?", arguments: [number - Int64(plansMax)])
            try Self.keep(shares(number), in: database)
            return number
        }
    }

    /// Keeps what the plan in force wants of an hour that has begun.
    public func keepShares(_ shares: [PlannedShare]) throws(ControlError) {
        try performNow { try Self.keep(shares, in: $0) }
    }

    private static func keep(_ shares: [PlannedShare], in database: Database) throws {
        for share in shares {
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO plan_hour (hour, plan_group, tier, plan_number, share, expected_requests)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    share.hour, share.group, share.tier.rawValue, share.plan, share.share, share.expectedRequests,
                ]
            )
        }
    }

    /// Deletes demand, grids and hours from before `hour`.
    public func prunePlans(before hour: Int) throws(ControlError) {
        try performNow { database in
            for table in ["plan_demand", "plan_intensity", "plan_hour"] {
                try database.execute(sql: "DELETE FROM \(table) WHERE hour < ?", arguments: [hour])
            }
        }
    }
}

extension ControlStore {
    /// Up to `limit` plans, latest first, from the one before `number` on; `nil` begins with the last one.
    public func plans(limit: Int, before number: Int64?) async throws(ControlError) -> [PlanRow] {
        try await perform { database in
            let arguments: StatementArguments = [number ?? .max, max(limit, 0)]
            return try Self.plans(in: database, "WHERE number < ? ORDER BY number DESC LIMIT ?", arguments)
        }
    }

    /// The plan of that number.
    public func plan(_ number: Int64) async throws(ControlError) -> PlanRow? {
        try await perform { try Self.plans(in: $0, "WHERE number = ?", [number]).first }
    }

    private static func plans(
        in database: Database,
        _ condition: String,
        _ arguments: StatementArguments
    ) throws -> [PlanRow] {
        try database.rows("SELECT number, made_unix_ms, reason, document FROM plan \(condition)", arguments) {
            columns in
            PlanRow(
                number: columns.integer(),
                madeUnixMilliseconds: columns.integer(),
                reason: columns.text(),
                document: columns.text()
            )
        }
    }

    /// What plans wanted of hours since 1970 UTC, and what was asked in them; both by hour.
    public func plannedHours(
        _ hours: Range<Int>
    ) async throws(ControlError) -> (shares: [PlannedShare], demand: [DemandRow]) {
        try await perform { database in
            let sql = """
                SELECT hour, plan_group, tier, plan_number, share, expected_requests FROM plan_hour \
                WHERE hour >= ? AND hour < ? ORDER BY hour, plan_group, tier
                """
            let shares = try database.rows(sql, [hours.lowerBound, hours.upperBound]) { columns in
                PlannedShare(
                    hour: Int(columns.integer()),
                    group: columns.text(),
                    tier: Tier(rawValue: columns.text()),
                    plan: columns.integer(),
                    share: columns.optionalReal() ?? 0,
                    expectedRequests: columns.optionalReal() ?? 0
                )
            }
            return (shares, try Self.demand(in: hours, database))
        }
    }
}
