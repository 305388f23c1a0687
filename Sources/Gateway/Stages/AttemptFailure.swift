internal import Budgets
internal import Domain
internal import Ledger
internal import Reactor
internal import Routing
internal import Upstream
internal import Wire

/// Why one call of a backend gave no answer that a client can be shown.
enum AttemptFailure: Error {
    /// The call itself failed: connection, TLS, silence, an answer cut short.
    case transport(UpstreamError)
    /// The backend answered with an error, by status or in band.
    case refused(status: Int, BackendError, retryAfter: Duration?)
    /// An answer of 200 that is not what was asked for.
    case malformed(String)
    /// A stream broke after the client had seen its beginning.
    case brokenAfterCommitment(String)
    /// A budget has no room for it: nothing was sent.
    case overBudget(Shortfall)
    /// The model's own rate limits are used up: nothing was sent.
    case throttled(Throttling)
    /// Another attempt at the request committed first.
    case superseded
    /// The client went away, or stopped reading.
    case clientClosed
    /// The request's deadline passed.
    case deadlinePassed

    /// Whether the gateway itself held the attempt back.
    var isOwn: Bool {
        switch self {
        case .overBudget, .throttled: true
        default: false
        }
    }

    /// How long the backend asked to be left alone.
    var retryAfter: Duration? {
        if case .refused(_, _, let after) = self { after } else { nil }
    }

    /// Whether silence was the cause.
    var isTimeout: Bool {
        switch self {
        case .transport(.connectTimedOut), .transport(.firstByteTimedOut), .transport(.stalled),
            .transport(.wholeTimedOut):
            true
        case .transport: false
        case .refused(let status, _, _): status == 408 || status == 504
        case .deadlinePassed: true
        case .malformed, .brokenAfterCommitment, .overBudget, .throttled, .superseded, .clientClosed: false
        }
    }

    /// The ledger's word for it.
    var outcome: Outcome {
        switch self {
        case .refused where [.contextExceeded, .contentRefused, .badRequest].contains(failureClass): .invalid
        case .transport, .refused: isTimeout ? .timedOut : .upstreamFailed
        case .malformed: .upstreamFailed
        case .brokenAfterCommitment: .cut
        case .overBudget, .throttled: .refused
        case .superseded: .superseded
        case .clientClosed: .clientClosed
        case .deadlinePassed: .timedOut
        }
    }

    /// What went wrong, for the ledger, the log and the client.
    var message: String {
        switch self {
        case .transport(let error): "\(error)"
        case .refused(let status, let error, _):
            error.message.isEmpty ? "status \(status)" : "status \(status): \(error.message)"
        case .malformed(let what), .brokenAfterCommitment(let what): what
        case .overBudget(let shortfall): shortfall.explanation
        case .throttled(let throttling): throttling.response.message
        case .superseded: "another attempt answered first"
        case .clientClosed: "the client closed the connection"
        case .deadlinePassed: "the request's deadline passed"
        }
    }

    /// What the client is told once every attempt has failed.
    ///
    /// A client that retried would multiply the attempts made here, so it is told not to, except after a rate limit.
    /// A prompt that was too long for the last model is the client's to shorten, and SDKs know that code.
    func response(model: ModelID, attempts: Int) -> APIError {
        if case .refused(_, let error, _) = self, error.kind == .contextLengthExceeded {
            return .invalidRequest("\(model): \(error.message)", param: "messages", code: "context_length_exceeded")
        }
        let tried = attempts == 1 ? "1 attempt" : "\(attempts) attempts"
        let text = "no model answered after \(tried); the last was \(model): \(message)"
        if case .refused(_, let error, _) = self, [.badRequest, .contentRefused].contains(failureClass) {
            let code = failureClass == .contentRefused ? "content_policy_violation" : error.code
            return .invalidRequest("\(model): \(error.message)", param: nil, code: code)
        }
        if case .refused(_, let error, let after) = self, error.kind == .rateLimited {
            return .rateLimited(text, retryAfter: after ?? .seconds(1))
        }
        return isTimeout ? .timedOut(text) : .upstreamFailed(text)
    }
}
