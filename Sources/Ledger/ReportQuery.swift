internal import Domain

/// The statements behind a report: one that sums, and one for each kind of duration, which sorts.
struct ReportQuery {
    /// Whether the client got a model's whole answer.
    static let isAnswer = "outcome IN ('completed', 'cache_hit', 'coalesced')"
    /// Whether the client got what it asked for.
    static let isSuccess = "(\(isAnswer) OR outcome = 'decided')"

    let groupings: [Grouping]
    let scope: ReportScope
    /// The range's bounds, in the order of their places in ``source(_:joining:where:)``.
    let arguments: [SQLValue]
    private let bounds: [String]

    init(groupings: [Grouping], scope: ReportScope) {
        self.groupings = groupings
        self.scope = scope
        var bounds: [String] = []
        var arguments: [SQLValue] = []
        // The id begins with the time, so its index finds the range.
        if let since = scope.since {
            bounds.append("request.id >= ?")
            arguments.append(.id(.lowest(at: since)))
        }
        if let until = scope.until {
            bounds.append("request.id < ?")
            arguments.append(.id(.lowest(at: until)))
        }
        // Dry runs are no use of a model; they are told apart where somebody asks for outcomes.
        if !groupings.contains(.outcome) { bounds.append("outcome <> 'decided'") }
        self.arguments = arguments
        self.bounds = bounds
    }

    /// Each group's row, in the groups' order.
    func rows(in database: any StoreConnection) throws -> [ReportRow] {
        var rows = try sums(in: database)
        let durations = "CASE WHEN \(Self.isSuccess) THEN duration_microseconds END"
        try fillPercentiles(of: durations, into: \.duration, of: &rows, in: database)
        let firstTokens = "CASE WHEN \(Self.isSuccess) THEN time_to_first_token_microseconds END"
        try fillPercentiles(of: firstTokens, into: \.firstToken, of: &rows, in: database)
        return rows
    }

    /// Each row without its percentiles.
    private func sums(in database: any StoreConnection) throws -> [ReportRow] {
        let feedback = " LEFT JOIN feedback ON feedback.request_id = request.id"
        let dialect = database.dialect
        let columns = (groupings.map { $0.sql(dialect) } + ReportSums.expressions(for: scope)).joined(separator: ", ")
        let sql =
            "SELECT \(columns)\(source(dialect, joining: feedback))\(clause("GROUP", dialect))\(clause("ORDER", dialect))"
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
        in database: any StoreConnection
    ) throws {
        let dialect = database.dialect
        let order = " ORDER BY " + (groupings.map { $0.sql(dialect) } + [value]).joined(separator: ", ")
        let sql = "SELECT \(value)\(source(dialect, where: "\(value) IS NOT NULL"))\(order)"
        var places = rows.indices.filter { rows[$0][keyPath: durations].count > 0 }.makeIterator()
        var (index, rank) = (places.next(), 0)
        try database.forEach(sql, arguments) { columns in
            guard let place = index else { return }
            let count = rows[place][keyPath: durations].count
            let ranks = [50, 95, 99].map { (count * $0 - 1) / 100 }
            if ranks.contains(rank) {
                let value = columns.integer()
                if rank == ranks[0] { rows[place][keyPath: durations].p50 = value }
                if rank == ranks[1] { rows[place][keyPath: durations].p95 = value }
                if rank == ranks[2] { rows[place][keyPath: durations].p99 = value }
            }
            rank += 1
            if rank == count { (index, rank) = (places.next(), 0) }
        }
    }

    /// ` FROM request …`: the table with what the groupings need beside it, and the scope's rows that meet `condition`.
    func source(_ dialect: Dialect, joining join: String = "", where condition: String? = nil) -> String {
        let conditions = bounds + [condition].compactMap(\.self)
        let range = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        return " FROM request" + (groupings.contains(.tag) ? dialect.tagJoin : "") + join + range
    }

    /// ` GROUP BY …` or ` ORDER BY …` the groups, and `more`.
    func clause(_ word: String, and more: [String] = [], _ dialect: Dialect) -> String {
        let terms = groupings.map { $0.sql(dialect) } + more
        return terms.isEmpty ? "" : " \(word) BY " + terms.joined(separator: ", ")
    }
}
