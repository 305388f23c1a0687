internal import Domain
internal import GRDB

/// The statements behind ``SingleModel``: they take the ledger's alternatives apart, so they are slower than sums.
struct SingleModelQuery {
    private static let join = " JOIN json_each(alternatives) AS alternative"
    private static let name = "alternative.key"
    private static let quality = "(alternative.value ->> 0)"
    private static let columns = ReportSums.saving(
        money: ("(alternative.value ->> 1)", "true"),
        carbon: ("(alternative.value ->> 2)", "true")
    )

    let scope: ReportScope

    /// Every model that could have answered a routed request, by endpoint and name.
    func models(in database: Database) throws -> [SingleModel] {
        let query = ReportQuery(groupings: [], scope: scope)
        let answers = try answerCounts(in: database)
        let delivered = "avg(CASE WHEN \(ReportQuery.isAnswer) THEN quality END)"
        let columns = ["endpoint", Self.name, "avg(\(Self.quality))", delivered] + Self.columns
        let sql =
            "SELECT \(columns.joined(separator: ", "))\(query.source(joining: Self.join, where: "alternatives <> ''"))"
            + " GROUP BY endpoint, \(Self.name) ORDER BY endpoint, \(Self.name)"
        let models = try database.rows(sql, query.arguments) { columns in
            let endpoint = columns.text()
            let model = ModelID(rawValue: columns.text())
            let (quality, delivered) = (columns.optionalReal() ?? 0, columns.optionalReal())
            return SingleModel(
                endpoint: endpoint,
                model: model,
                saving: columns.saving(),
                answers: answers[endpoint] ?? 0,
                quality: quality,
                deliveredQuality: delivered
            )
        }
        return SingleModel.markingBest(models)
    }

    private func answerCounts(in database: Database) throws -> [String: Int] {
        let query = ReportQuery(groupings: [], scope: scope)
        let source = query.source(where: "alternatives <> ''")
        let counts = try database.rows("SELECT endpoint, count(*)\(source) GROUP BY endpoint", query.arguments) {
            ($0.text(), Int($0.integer()))
        }
        return Dictionary(uniqueKeysWithValues: counts)
    }

    /// Each group's saving against the best of `models`, over the answers that these could have given.
    func savings(
        by groupings: [Grouping],
        against models: [SingleModel],
        in database: Database
    ) throws -> [[String]: Saving] {
        let best = models.filter(\.isBest)
        guard !best.isEmpty else { return [:] }
        let query = ReportQuery(groupings: groupings, scope: scope)
        let isBest = best.map { _ in "endpoint = ? AND \(Self.name) = ?" }.joined(separator: " OR ")
        let source = query.source(joining: Self.join, where: "alternatives <> '' AND (\(isBest))")
        let columns = (groupings.map(\.sql) + Self.columns).joined(separator: ", ")
        var arguments = query.arguments
        for single in best { arguments += [single.endpoint, single.model.rawValue] }
        let savings = try database.rows("SELECT \(columns)\(source)\(query.clause("GROUP"))", arguments) { columns in
            (groupings.map { _ in columns.text() }, columns.saving())
        }
        return Dictionary(uniqueKeysWithValues: savings)
    }
}
