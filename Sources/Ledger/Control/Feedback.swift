public import Domain

/// What somebody thought of an answer; the last word on it counts.
public struct Feedback: Hashable, Sendable {
    /// The request that was answered.
    public var requestID: RequestID
    /// The Unix millisecond at which it came in.
    public var atUnixMilliseconds: Int64
    /// The key that gave it.
    public var keyID: KeyID?
    /// How good the answer was, 0 to 1.
    public var score: Double?
    /// Whether the answer was right.
    public var isCorrect: Bool?
    /// Anything else.
    public var comment: String

    /// Feedback on the request called `requestID`.
    public init(
        requestID: RequestID,
        atUnixMilliseconds: Int64,
        keyID: KeyID?,
        score: Double?,
        isCorrect: Bool?,
        comment: String
    ) {
        self.requestID = requestID
        self.atUnixMilliseconds = atUnixMilliseconds
        self.keyID = keyID
        self.score = score
        self.isCorrect = isCorrect
        self.comment = comment
    }

    static let columns = ["request_id", "received_unix_ms", "score", "is_correct", "key_id", "comment"]

    func write(to sink: inout some ColumnSink) {
        sink.blob(requestID)
        sink.integer(atUnixMilliseconds)
        sink.real(score)
        sink.flag(isCorrect)
        sink.text(keyID?.rawValue)
        sink.text(comment)
    }

    init(from columns: inout ColumnReader) {
        requestID = columns.requestID()
        atUnixMilliseconds = columns.integer()
        score = columns.optionalReal()
        isCorrect = columns.optionalInteger().map { $0 != 0 }
        keyID = columns.optionalText().map(KeyID.init(rawValue:))
        comment = columns.optionalText() ?? ""
    }
}

/// An amount that raises a budget's cap for the window in which it was added.
public struct TopUp: Hashable, Sendable {
    /// The budget.
    public var budgetID: String
    /// The Unix millisecond at which it was added.
    public var addedUnixMilliseconds: Int64
    /// How much, in the smallest unit of the budget's measure.
    public var amount: Int64
    /// Why.
    public var note: String

    /// A top-up of the budget called `budgetID`.
    public init(budgetID: String, addedUnixMilliseconds: Int64, amount: Int64, note: String) {
        self.budgetID = budgetID
        self.addedUnixMilliseconds = addedUnixMilliseconds
        self.amount = amount
        self.note = note
    }
}
