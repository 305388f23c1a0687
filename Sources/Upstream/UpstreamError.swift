public import HTTP

/// Every way in which an attempt at a backend can fail.
public enum UpstreamError: Error, Hashable, Sendable {
    /// The registry's base URL is of no use.
    case invalidOrigin(reason: String)
    /// The request cannot be sent as it is.
    case invalidRequest(reason: String)
    /// All connections to the origin are in use, and none became free in time or too many requests wait already.
    case poolExhausted(connectionsMax: Int)
    /// The host's name, or the proxy's, does not resolve.
    case dns(reason: String)
    /// The name resolves to addresses that ``EgressPolicy`` does not let us connect to.
    case blockedAddress(String)
    /// No connection could be made.
    case connectRefused(reason: String)
    /// No connection was made in time.
    case connectTimedOut(after: Duration)
    /// The TLS handshake did not succeed.
    case tls(reason: String)
    /// The server's certificate is not trusted or is another host's.
    case certificate(reason: String)
    /// The connection broke while the request was sent, and no response came.
    case sendFailed(reason: String)
    /// The backend closed the connection without a byte of response.
    case closedBeforeResponse
    /// The request was sent, but no whole response head came in time.
    case firstByteTimedOut(after: Duration)
    /// For this long, no byte could be sent or none of the body came.
    case stalled(after: Duration)
    /// The attempt's whole time is over.
    case wholeTimedOut
    /// The response is not valid HTTP.
    case malformedResponse(HTTPError)
    /// The connection ended before the response did.
    case truncated
    /// The response is larger than a limit.
    case responseTooLarge(HTTPError)
    /// libcurl's HTTP layer gave up, for a reason that is none of the others.
    case transfer(reason: String)
    /// The task that waited was cancelled, or the response was closed.
    case cancelled

    /// How far an attempt came.
    public enum Phase: String, Sendable {
        /// Nothing was tried.
        case preparing
        /// Waiting for a connection, resolving, connecting, TLS.
        case connecting
        /// The request, or a part of it, went out.
        case exchanging
        /// The response's head was read, the body was not.
        case reading
    }

    /// Whether the backend cannot have seen any of the request, so that repeating it repeats no work.
    public var isSafeToRepeat: Bool {
        switch self {
        case .invalidOrigin, .invalidRequest, .poolExhausted, .dns, .blockedAddress, .connectRefused,
            .connectTimedOut, .tls, .certificate:
            true
        case .sendFailed, .closedBeforeResponse, .firstByteTimedOut, .stalled, .wholeTimedOut, .malformedResponse,
            .truncated, .responseTooLarge, .transfer, .cancelled:
            false
        }
    }
}

extension UpstreamError: CustomStringConvertible {
    /// What went wrong, as a log or a client is told.
    public var description: String {
        switch self {
        case .invalidOrigin(let reason): "the base URL is of no use: \(reason)"
        case .invalidRequest(let reason): "the request cannot be sent: \(reason)"
        case .poolExhausted(let count): "all \(count) connections are in use"
        case .dns(let reason): "the name does not resolve: \(reason)"
        case .blockedAddress(let address): "connections to \(address) are not allowed"
        case .connectRefused(let reason): "no connection: \(reason)"
        case .connectTimedOut(let after): "no connection after \(after)"
        case .tls(let reason): "TLS handshake: \(reason)"
        case .certificate(let reason): "TLS certificate: \(reason)"
        case .sendFailed(let reason): "the connection broke while the request was sent: \(reason)"
        case .closedBeforeResponse: "the connection was closed without an answer"
        case .firstByteTimedOut(let after): "no answer after \(after)"
        case .stalled(let after): "nothing moved for \(after)"
        case .wholeTimedOut: "the attempt's time is over"
        case .malformedResponse(let error): "the answer is not valid HTTP: \(error.message)"
        case .truncated: "the connection ended before the answer did"
        case .responseTooLarge(let error): "the answer is too large: \(error.message)"
        case .transfer(let reason): "libcurl gave up: \(reason)"
        case .cancelled: "cancelled"
        }
    }
}

extension UpstreamError {
    /// The kinds of error without their values, as metrics count them.
    public enum Kind: Int, CaseIterable, Sendable {
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        case invalidOrigin, invalidRequest, poolExhausted, dns, blockedAddress, connectRefused, connectTimedOut, tls,
            certificate, sendFailed, closedBeforeResponse, firstByteTimedOut, stalled, wholeTimedOut,
            malformedResponse, truncated, responseTooLarge, transfer, cancelled

        /// The kind as a metric's label, in snake case.
        public var label: String {
            "\(self)".reduce(into: "") { label, character in
                label += character.isUppercase ? "_" + character.lowercased() : String(character)
            }
        }
    }

    /// The kind of this error.
    public var kind: Kind {
        switch self {
        case .invalidOrigin: .invalidOrigin
        case .invalidRequest: .invalidRequest
        case .poolExhausted: .poolExhausted
        case .dns: .dns
        case .blockedAddress: .blockedAddress
        case .connectRefused: .connectRefused
        case .connectTimedOut: .connectTimedOut
        case .tls: .tls
        case .certificate: .certificate
        case .sendFailed: .sendFailed
        case .closedBeforeResponse: .closedBeforeResponse
        case .firstByteTimedOut: .firstByteTimedOut
        case .stalled: .stalled
        case .wholeTimedOut: .wholeTimedOut
        case .malformedResponse: .malformedResponse
        case .truncated: .truncated
        case .responseTooLarge: .responseTooLarge
        case .transfer: .transfer
        case .cancelled: .cancelled
        }
    }

    /// How far the attempt came at least.
    public var phase: Phase {
        switch self {
        case .invalidOrigin, .invalidRequest: .preparing
        case .poolExhausted, .dns, .blockedAddress, .connectRefused, .connectTimedOut, .tls, .certificate: .connecting
        case .sendFailed, .closedBeforeResponse, .firstByteTimedOut, .malformedResponse, .transfer, .stalled,
            .responseTooLarge, .wholeTimedOut, .cancelled:
            .exchanging
        case .truncated: .reading
        }
    }

    /// The refusal of a response by HTTP's parsers.
    init(_ error: HTTPError) {
        switch error {
        case .headTooLarge, .targetTooLong, .tooManyFields, .bodyTooLarge, .chunkOverheadTooLarge:
            self = .responseTooLarge(error)
        case .truncated: self = .truncated
        default: self = .malformedResponse(error)
        }
    }
}
