/// How a request, or one attempt of it, ended.
///
/// The closed set of the ledger's `outcome` columns, of the metrics' label and of the reports' grouping.
public enum Outcome: String, CaseIterable, Hashable, Sendable, Codable {
    /// The answer was delivered whole.
    case completed
    /// The answer came out of the gateway's own cache, whole and free of charge.
    case cacheHit = "cache_hit"
    /// The answer is that of an identical request at the same time, free of charge.
    case coalesced
    /// Only the decision was asked for, and given: no model was called.
    case decided
    /// The client went away before the end.
    case clientClosed = "client_closed"
    /// No upstream gave an answer.
    case upstreamFailed = "upstream_failed"
    /// The answer broke off after it had begun.
    case cut
    /// A deadline passed.
    case timedOut = "timed_out"
    /// The gateway declined: key, budget, limit, no model within the constraints.
    case refused
    /// The request itself was wrong.
    case invalid
    /// Another attempt at the same request answered first, so this one was called off; or its answer did not pass, and
    /// another's was given.
    case superseded
    /// The gateway died under it; what was held for it counts as used.
    case crashed

    /// Whether the client got a model's whole answer.
    public var isAnswer: Bool { isSuccess && self != .decided }

    /// Whether the client got what it asked for.
    public var isSuccess: Bool {
        switch self {
        case .completed, .cacheHit, .coalesced, .decided: true
        case .clientClosed, .upstreamFailed, .cut, .timedOut, .refused, .invalid, .superseded, .crashed: false
        }
    }
}
