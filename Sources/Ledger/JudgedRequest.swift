public import Domain
internal import GRDB

/// A request whose answer somebody has judged: what routers learn from.
public struct JudgedRequest: Hashable, Sendable {
    /// The request; its time is its start.
    public var id: RequestID
    /// The model that answered.
    public var model: ModelID
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

    fileprivate static let sql = """
        SELECT request.id, model_used, coalesce(feedback.score, feedback.is_correct), propensity, tags,
            (SELECT output_tokens FROM attempt WHERE request_number = request.number AND model = model_used
                ORDER BY number DESC LIMIT 1),
            \(EvidenceRow.columns.map { "evidence.\($0)" }.joined(separator: ", ")), evidence.request_number
        FROM feedback JOIN request ON request.id = feedback.request_id
            LEFT JOIN evidence ON evidence.request_number = request.number
        WHERE model_used IS NOT NULL AND coalesce(feedback.score, feedback.is_correct) IS NOT NULL
        """

    init(from columns: inout ColumnReader) {
        id = columns.requestID()
        model = ModelID(rawValue: columns.text())
        score = min(max(columns.optionalReal() ?? 0, 0), 1)
        propensity = columns.optionalReal()
        tags = columns.bytes()
        outputTokens = columns.optionalInteger().map { Int($0) }
        let row = EvidenceRow(from: &columns)
        evidence = columns.optionalInteger() == nil ? nil : row
    }
}

extension LedgerReader {
    /// The latest judged requests that began at `unixMilliseconds` or later, at most `rowsMax` of them, oldest first.
    public func judgedRequests(since unixMilliseconds: Int64, rowsMax: Int) throws(LedgerError) -> [JudgedRequest] {
        try read { database in
            let sql = "\(JudgedRequest.sql) AND feedback.request_id >= ? ORDER BY feedback.request_id DESC LIMIT ?"
            let latest = try database.rows(sql, [RequestID.lowest(at: unixMilliseconds), max(rowsMax, 0)]) {
                JudgedRequest(from: &$0)
            }
            return latest.reversed()
        }
    }

    /// The request called `id`, if it was judged.
    public func judgedRequest(_ id: RequestID) throws(LedgerError) -> JudgedRequest? {
        try read { database in
            try database.rows("\(JudgedRequest.sql) AND feedback.request_id = ?", [id.data]) {
                JudgedRequest(from: &$0)
            }
            .first
        }
    }
}
