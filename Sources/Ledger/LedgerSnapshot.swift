internal import Domain

/// One state of the ledger: whatever is read from it adds up, however much is written meanwhile.
///
/// Lives as long as the call of ``LedgerReader/snapshot(_:)`` that made it. Nothing holds more than its result in memory:
/// the database sorts on its disk.
public struct LedgerSnapshot {
    let database: any StoreConnection

    /// One row per group, in the groups' order; a single one over everything where `groupings` is empty.
    ///
    /// - Parameters:
    ///   - groupings: What to group by, outermost first.
    ///   - scope: Which requests, and which limits they are held against.
    ///   - models: The single models whose best is compared with, as ``singleModels(in:)`` gives them; with none, nothing
    ///     is, which is faster.
    /// - Returns: A row for each group that has a request.
    /// - Throws: ``LedgerError/cannotRead(reason:)``.
    /// - Complexity: O(n log n) time in the requests of the scope, O(groups) memory.
    public func report(
        by groupings: [Grouping],
        in scope: ReportScope,
        against models: [SingleModel] = []
    ) throws(LedgerError) -> [ReportRow] {
        try reading {
            var rows = try ReportQuery(groupings: groupings, scope: scope).rows(in: database)
            guard models.contains(where: \.isBest) else { return rows }
            let savings = try SingleModelQuery(scope: scope).savings(by: groupings, against: models, in: database)
            for index in rows.indices {
                rows[index].againstSingle = (savings[rows[index].group] ?? Saving()).charging(rows[index].unanswered)
            }
            return rows
        }
    }

    /// What each model would have taken as the only one, with the best of each endpoint marked.
    ///
    /// - Throws: ``LedgerError/cannotRead(reason:)``.
    public func singleModels(in scope: ReportScope) throws(LedgerError) -> [SingleModel] {
        try reading { try SingleModelQuery(scope: scope).models(in: database) }
    }

    /// How many successful requests of each group took how long.
    ///
    /// - Parameters:
    ///   - grouping: What to group by.
    ///   - bounds: Microseconds, rising.
    ///   - scope: Which requests.
    /// - Returns: For each group the number up to each bound, beyond the one before; the last one is beyond them all.
    /// - Throws: ``LedgerError/cannotRead(reason:)``.
    public func durations(
        by grouping: Grouping,
        bounds: [Int64],
        in scope: ReportScope
    ) throws(LedgerError) -> [(group: String, counts: [Int])] {
        try reading {
            let query = ReportQuery(groupings: [grouping], scope: scope)
            let dialect = database.dialect
            let buckets = bounds.enumerated().map { "WHEN duration_microseconds <= \($1) THEN \($0)" }
            let bucket = bounds.isEmpty ? "0" : "CASE \(buckets.joined(separator: " ")) ELSE \(bounds.count) END"
            let sql =
                "SELECT \(grouping.sql(dialect)), \(bucket), count(*)\(query.source(dialect, where: ReportQuery.isSuccess))"
                + "\(query.clause("GROUP", and: [bucket], dialect))\(query.clause("ORDER", dialect))"
            let cells = try database.rows(sql, query.arguments) { ($0.text(), Int($0.integer()), Int($0.integer())) }
            return cells.reduce(into: []) { groups, cell in
                if groups.last?.group != cell.0 {
                    groups.append((cell.0, Array(repeating: 0, count: bounds.count + 1)))
                }
                groups[groups.count - 1].counts[cell.1] = cell.2
            }
        }
    }

    /// When the scope's last request began, in Unix milliseconds; `nil` if it has none.
    ///
    /// - Throws: ``LedgerError/cannotRead(reason:)``.
    public func newest(in scope: ReportScope) throws(LedgerError) -> Int64? {
        try reading {
            let query = ReportQuery(groupings: [.outcome], scope: scope)
            let sql = "SELECT started_unix_ms\(query.source(database.dialect)) ORDER BY request.id DESC LIMIT 1"
            return try database.rows(sql, query.arguments) { $0.integer() }.first
        }
    }

    private func reading<Value>(_ body: () throws -> Value) throws(LedgerError) -> Value {
        do {
            return try body()
        } catch {
            throw .cannotRead(reason: "\(error)")
        }
    }
}

extension Saving {
    /// With what was charged for requests that nobody answered, which no other way is charged for.
    fileprivate func charging(_ unanswered: Saving) -> Saving {
        var sum = self
        sum.count += unanswered.count
        sum.cost += unanswered.cost
        sum.carbon += unanswered.carbon
        return sum
    }
}
