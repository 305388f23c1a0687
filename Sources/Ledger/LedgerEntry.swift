/// What one request leaves in the ledger: its row, those of its attempts and what was seen of its prompt, all or nothing.
public struct LedgerEntry: Hashable, Sendable {
    /// The request.
    public let request: RequestRow
    /// Its attempts, in the order in which they were made.
    public let attempts: [AttemptRow]
    /// What was seen of its prompt, where that is to be kept.
    public let evidence: EvidenceRow?

    /// The entry of `request` and `attempts`, with `evidence` for routers to learn from.
    public init(request: RequestRow, attempts: [AttemptRow], evidence: EvidenceRow? = nil) {
        var request = request
        request.attemptCount = attempts.count
        self.request = request
        self.attempts = attempts
        self.evidence = evidence
    }
}
