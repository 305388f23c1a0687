internal import Domain

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
    private static func gatherDemand(in database: any StoreConnection, rowsMax: Int64) throws -> Bool {
        let last = try database.dialect.lastNumber(in: database)
        let from = try database.integer("SELECT request_number FROM plan_progress") ?? 0
        guard last > from else { return false }
        let through = min(from + rowsMax, last)
        try database.execute(
            """
            INSERT INTO plan_demand
            SELECT started_unix_ms / 3600000, coalesce(plan_group, ''), coalesce(capability, ''),
                coalesce(model_used, ''), count(*),
                coalesce(sum((carbon_micrograms - coalesce(embodied_micrograms, 0)) / nullif(grams_per_kwh * 1e6, 0)), 0),
                coalesce(sum(embodied_micrograms), 0), sum(cost_nanodollars)
            FROM request
            WHERE number > ? AND number <= ? AND strategy <> '' AND endpoint <> 'embeddings'
                AND outcome IN ('completed', 'client_closed', 'upstream_failed', 'cut', 'timed_out', 'crashed')
            GROUP BY 1, 2, 3, 4
            ON CONFLICT (hour, plan_group, capability, model) DO UPDATE SET
                requests = plan_demand.requests + excluded.requests,
                kilowatt_hours = plan_demand.kilowatt_hours + excluded.kilowatt_hours,
                embodied_micrograms = plan_demand.embodied_micrograms + excluded.embodied_micrograms,
                cost_nanodollars = plan_demand.cost_nanodollars + excluded.cost_nanodollars
            """,
            [.integer(from), .integer(through)]
        )
        try database.execute("UPDATE plan_progress SET request_number = ?", [.integer(through)])
        return through < last
    }

    /// What was asked in hours since 1970 UTC, by hour.
    public func demand(in hours: Range<Int>) throws(ControlError) -> [DemandRow] {
        try performNow { try Self.demand(in: hours, $0) }
    }

    private static func demand(in hours: Range<Int>, _ database: any StoreConnection) throws -> [DemandRow] {
        let sql = """
            SELECT hour, plan_group, capability, model, requests, kilowatt_hours, embodied_micrograms, \
            cost_nanodollars FROM plan_demand WHERE hour >= ? AND hour < ? ORDER BY hour
            """
        return try database.rows(sql, [.integer(Int64(hours.lowerBound)), .integer(Int64(hours.upperBound))]) {
            columns in
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
                try database.upsert(
                    "plan_intensity",
                    ["zone", "hour", "grams_per_kwh"],
                    key: ["zone", "hour"],
                    [.text(zone), .integer(Int64(hour)), .real(grams)]
                )
            }
        }
    }

    /// What is known of a grid from `hour` on.
    public func intensity(of zone: String, since hour: Int) throws(ControlError) -> [Int: Double] {
        try performNow { database in
            let sql = "SELECT hour, grams_per_kwh FROM plan_intensity WHERE zone = ? AND hour >= ?"
            let rows = try database.rows(sql, [.text(zone), .integer(Int64(hour))]) {
                (Int($0.integer()), $0.optionalReal() ?? 0)
            }
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
            let number = (try database.integer("SELECT max(number) FROM plan") ?? 0) + 1
            try database.execute(
                "INSERT INTO plan (number, made_unix_ms, reason, document) VALUES (?, ?, ?, ?)",
                [.integer(number), .integer(unixMilliseconds), .text(reason), .text(document(number))]
            )
            try database.execute("DELETE FROM plan WHERE number <= ?", [.integer(number - Int64(plansMax))])
            try Self.keep(shares(number), in: database)
            return number
        }
    }

    /// The plan that was made last, by whichever process.
    public func lastPlan() throws(ControlError) -> PlanRow? {
        try performNow { try Self.plans(in: $0, "ORDER BY number DESC LIMIT 1", []).first }
    }

    /// Keeps what the plan in force wants of an hour that has begun.
    public func keepShares(_ shares: [PlannedShare]) throws(ControlError) {
        try performNow { try Self.keep(shares, in: $0) }
    }

    private static func keep(_ shares: [PlannedShare], in database: any StoreConnection) throws {
        for share in shares {
            try database.upsert(
                "plan_hour",
                ["hour", "plan_group", "tier", "plan_number", "share", "expected_requests"],
                key: ["hour", "plan_group", "tier"],
                [
                    .integer(Int64(share.hour)), .text(share.group), .text(share.tier.rawValue), .integer(share.plan),
                    .real(share.share), .real(share.expectedRequests),
                ]
            )
        }
    }

    /// Deletes demand, grids and hours from before `hour`.
    public func prunePlans(before hour: Int) throws(ControlError) {
        try performNow { database in
            for table in ["plan_demand", "plan_intensity", "plan_hour"] {
                try database.execute("DELETE FROM \(table) WHERE hour < ?", [.integer(Int64(hour))])
            }
        }
    }
}

extension ControlStore {
    /// Up to `limit` plans, latest first, from the one before `number` on; `nil` begins with the last one.
    public func plans(limit: Int, before number: Int64?) async throws(ControlError) -> [PlanRow] {
        try await perform { database in
            let arguments: [SQLValue] = [.integer(number ?? .max), .integer(Int64(max(limit, 0)))]
            return try Self.plans(in: database, "WHERE number < ? ORDER BY number DESC LIMIT ?", arguments)
        }
    }

    /// The plan of that number.
    public func plan(_ number: Int64) async throws(ControlError) -> PlanRow? {
        try await perform { try Self.plans(in: $0, "WHERE number = ?", [.integer(number)]).first }
    }

    private static func plans(
        in database: any StoreConnection,
        _ condition: String,
        _ arguments: [SQLValue]
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
            let shares = try database.rows(sql, [.integer(Int64(hours.lowerBound)), .integer(Int64(hours.upperBound))])
            { columns in
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
