public import Domain

/// A model's attempt at a request, with what is known of its prompt and its answer: what a fleet is fitted to.
public struct ServedAttempt: Hashable, Sendable {
    /// The request; its time is the request's start.
    public var id: RequestID
    /// Whether it was the request's first attempt.
    public var isFirst: Bool
    /// The model that was tried.
    public var model: ModelID
    /// How the attempt ended.
    public var outcome: Outcome
    /// The tokens of its prompt.
    public var inputTokens: Int
    /// What it cost.
    public var cost: Money
    /// What it emitted; `nil` where that was not kept.
    public var carbon: Carbon?
    /// When it began, in microseconds after the request's start.
    public var startedOffsetMicroseconds: Int64
    /// How long it took.
    public var durationMicroseconds: Int64
    /// The prompt's complexity, 0 to 1; `nil` where it was not scored.
    public var complexity: Double?
    /// The registry's quality of the model that answered, 0 to 1, if this attempt is its answer.
    public var quality: Double?
    /// What was said of the answer, 0 to 1, if this attempt is it and somebody has judged it.
    public var score: Double?

    fileprivate static func sql(_ dialect: Dialect) -> String {
        """
        SELECT request.id, attempt.number, attempt.model, attempt.outcome, attempt.input_tokens,
            attempt.cost_nanodollars, attempt.carbon_micrograms, attempt.started_offset_microseconds, attempt.duration_microseconds,
            \(dialect.complexity),
            CASE WHEN attempt.model = request.model_used THEN request.quality END,
            CASE WHEN attempt.model = request.model_used THEN \(JudgedRequest.score) END
        FROM (SELECT * FROM request WHERE id >= ? AND endpoint <> 'embeddings' ORDER BY id DESC LIMIT ?) AS request
            JOIN attempt ON attempt.\(dialect.requestReference) = request.\(dialect.requestKey)
            LEFT JOIN feedback ON feedback.request_id = request.id
        ORDER BY request.id, attempt.number
        """
    }

    init(from columns: inout ColumnReader) {
        id = columns.requestID()
        isFirst = columns.integer() == 1
        model = ModelID(rawValue: columns.text())
        outcome = Outcome(rawValue: columns.text()) ?? .invalid
        inputTokens = Int(columns.integer())
        cost = Money(nanodollars: columns.integer())
        carbon = columns.optionalInteger().map { Carbon(micrograms: $0) }
        startedOffsetMicroseconds = columns.integer()
        durationMicroseconds = columns.integer()
        complexity = columns.optionalReal()
        quality = columns.optionalReal()
        score = columns.optionalReal()
    }
}

extension LedgerReader {
    /// The attempts of the latest requests for text that began at `unixMilliseconds` or later, oldest first.
    ///
    /// - Parameters:
    ///   - unixMilliseconds: In Unix time.
    ///   - requestsMax: Of at most so many requests.
    /// - Returns: The attempts.
    /// - Throws: ``LedgerError/cannotRead(reason:)``.
    public func servedAttempts(
        since unixMilliseconds: Int64,
        requestsMax: Int
    ) throws(LedgerError) -> [ServedAttempt] {
        try read { database in
            let values: [SQLValue] = [.id(.lowest(at: unixMilliseconds)), .integer(Int64(max(requestsMax, 0)))]
            return try database.rows(ServedAttempt.sql(database.dialect), values) { ServedAttempt(from: &$0) }
        }
    }
}
