/// What went wrong with one call of a backend, as far as it decides what to do next.
///
/// Closed: whatever sees a failure (transport, status, body, stream) sorts it into one of these, and all that follows is
/// read off ``Remedy``.
public enum FailureClass: String, CaseIterable, Hashable, Sendable {
    /// No connection: the port is closed, the host unreachable, or its address not allowed.
    case connectRefused = "connect_refused"
    /// No connection in time.
    case connectTimedOut = "connect_timed_out"
    /// The host's name does not resolve.
    case nameNotResolved = "name_not_resolved"
    /// The TLS handshake failed, or the certificate is not trusted.
    case tlsFailed = "tls_failed"
    /// The gateway's own connections to the backend are all in use.
    case connectionsExhausted = "connections_exhausted"
    /// 408: the backend did not get the request in time.
    case requestTimedOut = "request_timed_out"
    /// 409: a lock or a conflict on the backend's side, which SDKs repeat.
    case conflict
    /// 429: too many requests.
    case rateLimited = "rate_limited"
    /// 402, or 429 with `insufficient_quota`: the gateway's account is spent.
    case quotaExhausted = "quota_exhausted"
    /// 503 or 529: too much to do.
    case overloaded
    /// Any other 5xx, or an `error` in a stream or a body of 200.
    case serverError = "server_error"
    /// The request was sent and nothing, or no first token, came in time.
    case silentFirstByte = "silent_first_byte"
    /// The answer ended before its end, and the client has seen none of it.
    case cut
    /// What came is not an answer: other content type, no JSON, no event; the client has seen none of it.
    case malformed
    /// The answer stopped coming, and the client has seen none of it.
    case stalled
    /// The client has seen a part, and then it was cut, stalled, malformed or failed.
    case brokenAfterCommitment = "broken_after_commitment"
    /// The prompt does not fit into this model's context.
    case contextExceeded = "context_exceeded"
    /// The model or its provider refuses the content.
    case contentRefused = "content_refused"
    /// 401 or 403: the backend does not take the gateway's key.
    case notAuthorized = "not_authorized"
    /// 404: the backend does not know the model, or the path.
    case modelNotFound = "model_not_found"
    /// Any other 4xx: the client has to mend its request.
    case badRequest = "bad_request"
    /// The gateway itself held the attempt back: a budget, a rate limit of the model's, an open circuit.
    case withheld
    /// Another attempt at the same request was faster.
    case superseded
    /// The client went away.
    case clientClosed = "client_closed"
    /// The request's deadline passed.
    case deadlinePassed = "deadline_passed"

    /// The class of an error status whose body says nothing more: RFC 9110, §15; 529 is Anthropic's for overload.
    public init(status: Int) {
        self =
            switch status {
            case 401, 403: .notAuthorized
            case 402: .quotaExhausted
            case 404: .modelNotFound
            case 408: .requestTimedOut
            case 409: .conflict
            case 429: .rateLimited
            case 503, 529: .overloaded
            case 400..<500: .badRequest
            default: .serverError
            }
    }
}
