internal import Domain
internal import GRDB

/// The statements behind a report: one that sums, and one per percentile that sorts.
struct ReportQuery {
    private static let isSuccess = "outcome IN ('completed', 'cache_hit', 'decided')"

    private let groupings: [Grouping]
    private let source: String
    private let arguments: StatementArguments

    init(groupings: [Grouping], since: Int64?, until: Int64?) {
        self.groupings = groupings
        var bounds: [String] = []
        var arguments = StatementArguments()
        // The id begins with the time, so its index finds the range.
        if let since {
            bounds.append("request.id >= ?")
            arguments += [RequestID.lowest(at: since)]
        }
        if let until {
            bounds.append("request.id < ?")
            arguments += [RequestID.lowest(at: until)]
        }
        // Dry runs are no use of a model; they are told apart where somebody asks for outcomes.
        if !groupings.contains(.outcome) { bounds.append("request.outcome <> 'decided'") }
        self.arguments = arguments
        let range = bounds.isEmpty ? "" : " WHERE " + bounds.joined(separator: " AND ")
        source = "FROM request" + Set(groupings.map(\.join)).joined() + range
    }

    func rows(in database: Database) throws -> [ReportRow] {
        let sums = try sums(in: database)
        var rows = sums.map(\.row)
        let durations = "CASE WHEN \(Self.isSuccess) THEN duration_microseconds END"
        let ranks = try percentiles(of: durations, counts: rows.map(\.successes), in: database)
        let firstTokens = "CASE WHEN \(Self.isSuccess) THEN time_to_first_token_microseconds END"
        let firstRanks = try percentiles(of: firstTokens, counts: sums.map(\.firstTokenCount), in: database)
        for index in rows.indices {
            (rows[index].p50Microseconds, rows[index].p95Microseconds) = ranks[index]
            (rows[index].firstTokenP50Microseconds, rows[index].firstTokenP95Microseconds) = firstRanks[index]
        }
        return rows
    }

    /// Each row without its percentiles, and in how many of its successes a first token was timed.
    private func sums(in database: Database) throws -> [(row: ReportRow, firstTokenCount: Int)] {
        let success = Self.isSuccess
        // Costs are summed in whole dollars and the rest apart: a plain sum that overflows is an error in SQLite.
        let figures = """
            count(*), coalesce(sum(\(success)), 0), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), \
            coalesce(sum(cost_nanodollars / 1000000000), 0), coalesce(sum(cost_nanodollars % 1000000000), 0), \
            total(energy_joules), coalesce(sum(carbon_micrograms), 0), \
            avg(CASE WHEN \(success) THEN duration_microseconds END), \
            coalesce(sum((baseline_cost_nanodollars - cost_nanodollars) / 1000000000), 0), \
            coalesce(sum((baseline_cost_nanodollars - cost_nanodollars) % 1000000000), 0), \
            avg(CASE WHEN \(success) THEN quality / baseline_quality END), avg(is_within_limits), \
            coalesce(sum(outcome = 'cache_hit'), 0), coalesce(sum(is_simulated), 0), \
            count(CASE WHEN \(success) THEN time_to_first_token_microseconds END)
            """
        let columns = (groupings.map(\.sql) + [figures]).joined(separator: ", ")
        let sql = "SELECT \(columns) \(source)\(clause("GROUP"))\(clause("ORDER"))"
        return try database.rows(sql, arguments) { columns in
            var row = ReportRow(group: groupings.map { _ in columns.text() })
            row.requests = Int(columns.integer())
            row.successes = Int(columns.integer())
            row.inputTokens = Int(columns.integer())
            row.outputTokens = Int(columns.integer())
            row.cost = Money(dollars: columns.integer(), nanodollars: columns.integer())
            row.energyJoules = columns.optionalReal() ?? 0
            row.carbon = Carbon(micrograms: columns.integer())
            row.meanMicroseconds = columns.optionalReal()
            row.saved = Money(dollars: columns.integer(), nanodollars: columns.integer())
            row.qualityRetention = columns.optionalReal()
            row.withinLimits = columns.optionalReal()
            row.cacheHits = Int(columns.integer())
            row.simulated = Int(columns.integer())
            return (row, Int(columns.integer()))
        }
    }

    /// The median and the 95th percentile of `value` in each group, by nearest rank.
    ///
    /// The values come sorted by group, in the order of the sums, and each group has as many as `counts` says; so the
    /// ones at the two ranks are picked as they stream by.
    private func percentiles(
        of value: String,
        counts: [Int],
        in database: Database
    ) throws -> [(p50: Int64?, p95: Int64?)] {
        let condition = source.contains(" WHERE ") ? " AND " : " WHERE "
        let order = " ORDER BY " + (groupings.map(\.sql) + [value]).joined(separator: ", ")
        let sql = "SELECT \(value) \(source)\(condition)\(value) IS NOT NULL\(order)"
        let statement = try database.makeStatement(sql: sql)
        let cursor = try Row.fetchCursor(statement, arguments: arguments)
        return try counts.map { count in
            var picked: (p50: Int64?, p95: Int64?) = (nil, nil)
            for rank in 0..<count where try cursor.next() != nil {
                guard rank == (count * 50 - 1) / 100 || rank == (count * 95 - 1) / 100 else { continue }
                var columns = ColumnReader(statement)
                let value = columns.integer()
                if rank == (count * 50 - 1) / 100 { picked.p50 = value }
                if rank == (count * 95 - 1) / 100 { picked.p95 = value }
            }
            return picked
        }
    }

    private func clause(_ word: String) -> String {
        groupings.isEmpty ? "" : " \(word) BY " + groupings.map(\.sql).joined(separator: ", ")
    }
}

extension Money {
    /// `dollars` and `nanodollars` together, held at the range's end.
    fileprivate init(dollars: Int64, nanodollars: Int64) {
        let (product, overflows) = dollars.multipliedReportingOverflow(by: 1_000_000_000)
        self = Money(nanodollars: overflows ? (dollars > 0 ? .max : .min) : product) + Money(nanodollars: nanodollars)
    }
}
