internal import Domain
internal import GRDB

/// The statements behind a report: one that sums, and one for each kind of duration, which sorts.
struct ReportQuery {
    /// Whether the client got a model's whole answer.
    static let isAnswer = "outcome IN ('completed', 'cache_hit', 'coalesced')"
    /// Whether the client got what it asked for.
    static let isSuccess = "(\(isAnswer) OR outcome = 'decided')"

    let groupings: [Grouping]
    let scope: ReportScope
    /// The range's bounds, in the order of their places in ``source(joining:)``.
    let arguments: StatementArguments
    private let bounds: [String]

    init(groupings: [Grouping], scope: ReportScope) {
        self.groupings = groupings
        self.scope = scope
        var bounds: [String] = []
        var arguments = StatementArguments()
        // The id begins with the time, so its index finds the range.
        if let since = scope.since {
            bounds.append("request.id >= ?")
            arguments += [RequestID.lowest(at: since)]
        }
        if let until = scope.until {
            bounds.append("request.id < ?")
            arguments += [RequestID.lowest(at: until)]
        }
        // Dry runs are no use of a model; they are told apart where somebody asks for outcomes.
        if !groupings.contains(.outcome) { bounds.append("outcome <> 'decided'") }
        self.arguments = arguments
        self.bounds = bounds
    }

    /// Each group's row, in the groups' order.
    func rows(in database: Database) throws -> [ReportRow] {
        var rows = try sums(in: database)
        let durations = "CASE WHEN \(Self.isSuccess) THEN duration_microseconds END"
        try fillPercentiles(of: durations, into: \.duration, of: &rows, in: database)
        let firstTokens = "CASE WHEN \(Self.isSuccess) THEN time_to_first_token_microseconds END"
        try fillPercentiles(of: firstTokens, into: \.firstToken, of: &rows, in: database)
        return rows
    }

    /// Each row without its percentiles.
    private func sums(in database: Database) throws -> [ReportRow] {
        let feedback = " LEFT JOIN feedback ON feedback.request_id = request.id"
        let columns = (groupings.map(\.sql) + ReportSums.expressions(for: scope)).joined(separator: ", ")
        let sql = "SELECT \(columns)\(source(joining: feedback))\(clause("GROUP"))\(clause("ORDER"))"
        return try database.rows(sql, arguments) { columns in
            var row = ReportRow(group: groupings.map { _ in columns.text() })
            ReportSums.read(&columns, into: &row)
            return row
        }
    }

    /// Fills in the percentiles of `value` in each group, by nearest rank.
    ///
    /// The values come sorted by group, in the order of the rows, and each group has as many as its row has counted; so
    /// the ones at the three ranks are picked as they stream by.
    private func fillPercentiles(
        of value: String,
        into durations: WritableKeyPath<ReportRow, ReportRow.Durations>,
        of rows: inout [ReportRow],
        in database: Database
    ) throws {
        let order = " ORDER BY " + (groupings.map(\.sql) + [value]).joined(separator: ", ")
        let sql = "SELECT \(value)\(source(where: "\(value) IS NOT NULL"))\(order)"
        let statement = try database.makeStatement(sql: sql)
        let cursor = try Row.fetchCursor(statement, arguments: arguments)
        for index in rows.indices {
            let count = rows[index][keyPath: durations].count
            let ranks = [50, 95, 99].map { (count * $0 - 1) / 100 }
            for rank in 0..<count where try cursor.next() != nil {
                guard ranks.contains(rank) else { continue }
                var columns = ColumnReader(statement)
                let value = columns.integer()
                if rank == ranks[0] { rows[index][keyPath: durations].p50 = value }
                if rank == ranks[1] { rows[index][keyPath: durations].p95 = value }
                if rank == ranks[2] { rows[index][keyPath: durations].p99 = value }
            }
        }
    }

    /// ` FROM request …`: the table with what the groupings need beside it, and the scope's rows that meet `condition`.
    func source(joining join: String = "", where condition: String? = nil) -> String {
        let conditions = bounds + [condition].compactMap(\.self)
        let range = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        return " FROM request" + Set(groupings.map(\.join)).joined() + join + range
    }

    /// ` GROUP BY …` or ` ORDER BY …` the groups, and `more`.
    func clause(_ word: String, and more: [String] = []) -> String {
        let terms = groupings.map(\.sql) + more
        return terms.isEmpty ? "" : " \(word) BY " + terms.joined(separator: ", ")
    }
}
