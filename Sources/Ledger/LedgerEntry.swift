/// What one request leaves in the ledger: its row and the rows of its attempts, written together or not at all.
public struct LedgerEntry: Hashable, Sendable {
    /// The request.
    public let request: RequestRow
    /// Its attempts, in the order in which they were made.
    public let attempts: [AttemptRow]

    /// The entry of `request` and `attempts`.
    public init(request: RequestRow, attempts: [AttemptRow]) {
        var request = request
        request.attemptCount = attempts.count
        self.request = request
        self.attempts = attempts
    }
}
