internal import Domain

/// The statements behind ``SingleModel``: they take the ledger's alternatives apart, so they are slower than sums.
struct SingleModelQuery {
    private static let quality = "CAST(alternative.value ->> 0 AS DOUBLE PRECISION)"
    private static let columns = ReportSums.saving(
        money: (whole("1"), "true"),
        carbon: (whole("2"), "true")
    )

    let scope: ReportScope

    /// A member of an alternative; PostgreSQL reads it as a text.
    private static func whole(_ place: String) -> String { "CAST(alternative.value ->> \(place) AS BIGINT)" }

    /// Every model that could have answered a routed request, by endpoint and name.
    func models(in database: any StoreConnection) throws -> [SingleModel] {
        let query = ReportQuery(groupings: [], scope: scope)
        let answers = try answerCounts(in: database)
        let delivered = "avg(CASE WHEN \(ReportQuery.isAnswer) THEN quality END)"
        let dialect = database.dialect
        let name = dialect.alternativeName
        let columns = ["endpoint", name, "avg(\(Self.quality))", delivered] + Self.columns
        let sql =
            "SELECT \(columns.joined(separator: ", "))"
            + query.source(dialect, joining: dialect.alternativeJoin, where: "alternatives <> ''")
            + " GROUP BY endpoint, \(name) ORDER BY endpoint, \(name)"
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

    private func answerCounts(in database: any StoreConnection) throws -> [String: Int] {
        let query = ReportQuery(groupings: [], scope: scope)
        let source = query.source(database.dialect, where: "alternatives <> ''")
        let counts = try database.rows("SELECT endpoint, count(*)\(source) GROUP BY endpoint", query.arguments) {
            ($0.text(), Int($0.integer()))
        }
        return Dictionary(uniqueKeysWithValues: counts)
    }

    /// Each group's saving against the best of `models`, over the answers that these could have given.
    func savings(
        by groupings: [Grouping],
        against models: [SingleModel],
        in database: any StoreConnection
    ) throws -> [[String]: Saving] {
        let best = models.filter(\.isBest)
        guard !best.isEmpty else { return [:] }
        let query = ReportQuery(groupings: groupings, scope: scope)
        let dialect = database.dialect
        let isBest = best.map { _ in "endpoint = ? AND \(dialect.alternativeName) = ?" }.joined(separator: " OR ")
        let source = query.source(
            dialect,
            joining: dialect.alternativeJoin,
            where: "alternatives <> '' AND (\(isBest))"
        )
        let columns = (groupings.map { $0.sql(dialect) } + Self.columns).joined(separator: ", ")
        var arguments = query.arguments
        for single in best { arguments += [.text(single.endpoint), .text(single.model.rawValue)] }
        let savings = try database.rows("SELECT \(columns)\(source)\(query.clause("GROUP", dialect))", arguments) {
            columns in
            (groupings.map { _ in columns.text() }, columns.saving())
        }
        return Dictionary(uniqueKeysWithValues: savings)
    }
}
