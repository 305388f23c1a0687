public import Domain

/// A request whose answer somebody has judged: what routers learn from.
public struct JudgedRequest: Hashable, Sendable {
    /// The request; its time is its start.
    public var id: RequestID
    /// The model that answered.
    public var model: ModelID
    /// The key that asked, and that may judge; `nil` where requests have none.
    public var key: KeyID?
    /// How good the answer was, 0 to 1: the last word on it; right counts as 1 where there is no score.
    public var score: Double
    /// The probability with which routing chose the model, 0 to 1; `nil` where it did not choose.
    public var propensity: Double?
    /// The tokens of the answer; `nil` where they are not known.
    public var outputTokens: Int?
    /// The request's tags, JSON; empty for none.
    public var tags: [UInt8]
    /// What was seen of the prompt; `nil` where it was not kept.
    public var evidence: EvidenceRow?

    /// What feedback comes to: its score, or whether the answer was right.
    static let score =
        "coalesce(feedback.score, CASE WHEN feedback.is_correct THEN 1.0 WHEN NOT feedback.is_correct THEN 0.0 END)"

    fileprivate static let isJudged = "model_used IS NOT NULL AND \(score) IS NOT NULL"

    fileprivate static func sql(_ dialect: Dialect) -> String {
        let (key, reference) = (dialect.requestKey, dialect.requestReference)
        return """
            SELECT request.id, model_used, \(score), propensity, tags, request.key_id,
                (SELECT output_tokens FROM attempt WHERE \(reference) = request.\(key) AND model = model_used
                    ORDER BY number DESC LIMIT 1),
                \(EvidenceRow.columns.map { "evidence.\($0)" }.joined(separator: ", ")), evidence.\(reference)
            FROM feedback JOIN request ON request.id = feedback.request_id
                LEFT JOIN evidence ON evidence.\(reference) = request.\(key)
            WHERE \(isJudged)
            """
    }

    init(from columns: inout ColumnReader) {
        id = columns.requestID()
        model = ModelID(rawValue: columns.text())
        score = min(max(columns.optionalReal() ?? 0, 0), 1)
        propensity = columns.optionalReal()
        tags = columns.bytes()
        key = columns.optionalText().map(KeyID.init(rawValue:))
        outputTokens = columns.optionalInteger().map { Int($0) }
        let row = EvidenceRow(from: &columns)
        evidence = columns.optionalText() == nil ? nil : row
    }
}

extension LedgerReader {
    /// The latest judged requests that began at `unixMilliseconds` or later, oldest first.
    ///
    /// - Parameters:
    ///   - unixMilliseconds: In Unix time.
    ///   - rowsMax: At most so many.
    ///   - rowsOfKeyMax: At most so many of one key, the latest: one that judges much leaves room for the others.
    /// - Returns: The requests with what was kept of their prompts.
    /// - Throws: ``LedgerError/cannotRead(reason:)``.
    public func judgedRequests(
        since unixMilliseconds: Int64,
        rowsMax: Int,
        rowsOfKeyMax: Int
    ) throws(LedgerError) -> [JudgedRequest] {
        try read { database in
            let sql = """
                \(JudgedRequest.sql(database.dialect)) AND feedback.request_id IN (
                    SELECT id FROM (
                        SELECT feedback.request_id AS id,
                            row_number() OVER (PARTITION BY request.key_id ORDER BY feedback.request_id DESC) AS place
                        FROM feedback JOIN request ON request.id = feedback.request_id
                        WHERE feedback.request_id >= ? AND \(JudgedRequest.isJudged)
                    ) AS ranked WHERE place <= ?
                ) ORDER BY feedback.request_id DESC LIMIT ?
                """
            let values: [SQLValue] = [
                .id(.lowest(at: unixMilliseconds)), .integer(Int64(max(rowsOfKeyMax, 0))),
                .integer(Int64(max(rowsMax, 0))),
            ]
            let latest = try database.rows(sql, values) { JudgedRequest(from: &$0) }
            return latest.reversed()
        }
    }

    /// What was said of the answers of all judged requests from `id` on: the last word, 0 to 1.
    ///
    /// - Throws: ``LedgerError/cannotRead(reason:)``.
    public func scores(from id: RequestID) throws(LedgerError) -> [RequestID: Double] {
        try read { database in
            let sql = """
                SELECT request_id, \(JudgedRequest.score) FROM feedback
                WHERE request_id >= ? AND \(JudgedRequest.score) IS NOT NULL
                """
            let pairs = try database.rows(sql, [.id(id)]) { ($0.requestID(), $0.optionalReal() ?? 0) }
            return Dictionary(pairs) { $1 }.mapValues { min(max($0, 0), 1) }
        }
    }

    /// The request called `id`, if it was judged.
    public func judgedRequest(_ id: RequestID) throws(LedgerError) -> JudgedRequest? {
        try read { database in
            try database.rows("\(JudgedRequest.sql(database.dialect)) AND feedback.request_id = ?", [.id(id)]) {
                JudgedRequest(from: &$0)
            }
            .first
        }
    }
}
