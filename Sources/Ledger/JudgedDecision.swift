public import Domain

/// A judged answer to a request that a router of its own choice has seen: what a bandit learns from.
public struct JudgedDecision: Hashable, Sendable {
    /// The request; its time is its start.
    public var id: RequestID
    /// The key that asked, and that may judge; `nil` where requests have none.
    public var key: KeyID?
    /// The model that was chosen.
    public var chosenModel: ModelID
    /// The probability with which it was.
    public var propensity: Double
    /// The model that answered.
    public var modelUsed: ModelID
    /// How good the answer was, 0 to 1: the last word on it.
    public var score: Double
    /// What the request cost.
    public var cost: Money
    /// The prompt's features and what the router made of it, JSON.
    public var features: [UInt8]

    private static let columns = """
        SELECT request.id, request.key_id, chosen_model, propensity, model_used,
            \(JudgedRequest.score), cost_nanodollars, features
        FROM feedback JOIN request ON request.id = feedback.request_id
        WHERE model_used IS NOT NULL AND chosen_model IS NOT NULL AND propensity IS NOT NULL
            AND \(JudgedRequest.score) IS NOT NULL
        """
    fileprivate static func latestSQL(_ dialect: Dialect) -> String {
        """
        SELECT * FROM (
            SELECT *, row_number() OVER (PARTITION BY key_id ORDER BY id DESC) AS place FROM (
                \(columns) AND \(dialect.featuresHold)
            ) AS judged
        ) AS ranked WHERE place <= ? ORDER BY id DESC LIMIT ?
        """
    }

    fileprivate static func oneSQL(_ dialect: Dialect) -> String {
        "\(columns) AND \(dialect.featuresHold) AND feedback.request_id = ?"
    }

    init(from columns: inout ColumnReader) {
        id = columns.requestID()
        key = columns.optionalText().map(KeyID.init(rawValue:))
        chosenModel = ModelID(rawValue: columns.text())
        propensity = columns.optionalReal() ?? 0
        modelUsed = ModelID(rawValue: columns.text())
        score = min(max(columns.optionalReal() ?? 0, 0), 1)
        cost = Money(nanodollars: columns.integer())
        features = columns.bytes()
    }
}

extension LedgerReader {
    /// The latest judged requests whose features hold `mark`, oldest first.
    ///
    /// - Parameters:
    ///   - mark: A piece of JSON, such as `"router":"learner"`.
    ///   - rowsMax: At most so many.
    ///   - rowsOfKeyMax: At most so many of one key, the latest.
    /// - Returns: The requests.
    /// - Throws: ``LedgerError/cannotRead(reason:)``.
    public func judgedDecisions(
        marked mark: String,
        rowsMax: Int,
        rowsOfKeyMax: Int
    ) throws(LedgerError) -> [JudgedDecision] {
        try read { database in
            let values: [SQLValue] = [
                .text(mark), .integer(Int64(max(rowsOfKeyMax, 0))), .integer(Int64(max(rowsMax, 0))),
            ]
            let latest = try database.rows(JudgedDecision.latestSQL(database.dialect), values) {
                JudgedDecision(from: &$0)
            }
            return latest.reversed()
        }
    }

    /// The request called `id`, if it was judged and its features hold `mark`.
    ///
    /// - Throws: ``LedgerError/cannotRead(reason:)``.
    public func judgedDecision(_ id: RequestID, marked mark: String) throws(LedgerError) -> JudgedDecision? {
        try read { database in
            let sql = JudgedDecision.oneSQL(database.dialect)
            return try database.rows(sql, [.text(mark), .id(id)]) { JudgedDecision(from: &$0) }.first
        }
    }
}
