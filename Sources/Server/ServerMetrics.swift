public import Reactor

/// What a server has done and is doing, added up over its loops; a reading, not an atomic snapshot.
public struct ServerMetrics: Hashable, Sendable {
    /// Connections accepted since the start.
    public internal(set) var accepted: UInt64 = 0
    /// Connections that got 503 or nothing, because there were too many.
    public internal(set) var rejected: UInt64 = 0
    /// Connections that are open.
    public internal(set) var open: UInt64 = 0
    /// Requests that came in whole.
    public internal(set) var requests: UInt64 = 0
    /// Requests that a handler has at the moment.
    public internal(set) var inFlight: UInt64 = 0
    /// When the oldest of those came in.
    public internal(set) var oldestInFlight: Instant?
    /// Requests whose client went while a handler had them.
    public internal(set) var abandoned: UInt64 = 0
    /// Bytes of requests, before TLS.
    public internal(set) var bytesIn: UInt64 = 0
    /// Bytes of answers, before TLS.
    public internal(set) var bytesOut: UInt64 = 0
    /// Requests that were refused as such, by reason.
    public internal(set) var refusals: [Refusal: UInt64] = [:]
}

/// Why a request was refused before a handler saw it.
public enum Refusal: Int, CaseIterable, Hashable, Sendable {
    /// It is not valid HTTP: 400.
    case malformed
    /// Its head or its body came too slowly: 408.
    case slow
    /// Its head is too large: 414, 431.
    case headTooLarge
    /// Its body is too large: 413.
    case bodyTooLarge
    /// It is valid, and asks for what this server does not do: 417, 501, 505.
    case unsupported
    /// TLS failed before there was a request.
    case handshake

    init(status: Int) {
        self =
            switch status {
            case 408: .slow
            case 413: .bodyTooLarge
            case 414, 431: .headTooLarge
            case 417, 501, 505: .unsupported
            default: .malformed
            }
    }
}
