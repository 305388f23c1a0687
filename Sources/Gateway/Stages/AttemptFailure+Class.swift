internal import Routing
internal import Upstream
internal import Wire

/// How failures are sorted: what is done about each class is ``FailurePolicy``'s to say.
extension AttemptFailure {
    /// What kind of failure it is.
    var failureClass: FailureClass {
        switch self {
        case .transport(let error): error.failureClass
        case .refused(let status, let error, _): error.failureClass(status: status)
        case .malformed: .malformed
        case .brokenAfterCommitment: .brokenAfterCommitment
        case .overBudget, .throttled: .withheld
        case .superseded: .superseded
        case .clientClosed: .clientClosed
        case .deadlinePassed: .deadlinePassed
        }
    }
}

extension UpstreamError {
    fileprivate var failureClass: FailureClass {
        switch self {
        // Nothing can be sent there, whatever it is asked.
        case .invalidOrigin, .invalidRequest, .blockedAddress, .connectRefused: .connectRefused
        case .poolExhausted: .connectionsExhausted
        case .dns: .nameNotResolved
        case .connectTimedOut: .connectTimedOut
        case .tls, .certificate: .tlsFailed
        case .sendFailed, .closedBeforeResponse, .truncated: .cut
        case .firstByteTimedOut: .silentFirstByte
        case .stalled, .wholeTimedOut: .stalled
        case .malformedResponse, .responseTooLarge: .malformed
        case .transfer: .serverError
        case .cancelled: .clientClosed
        }
    }
}

extension BackendError {
    /// The class of an error that came with `status`: its kind, and the status where that says more.
    func failureClass(status: Int) -> FailureClass {
        switch kind {
        case .contextLengthExceeded: .contextExceeded
        case .contentRefused: .contentRefused
        // A lock that is held is no mistake of the client's.
        case .invalidRequest: status == 409 ? .conflict : .badRequest
        case .notAuthorized: .notAuthorized
        case .modelNotFound: .modelNotFound
        case .rateLimited: .rateLimited
        case .quotaExhausted: .quotaExhausted
        case .overloaded: .overloaded
        case .serverError: status == 408 ? .requestTimedOut : .serverError
        case .malformed: .malformed
        case .cut: .cut
        }
    }
}
