public import Reactor

/// What an attempt took, as far as it has come.
public struct UpstreamTimings: Hashable, Sendable {
    /// From the request to a connection, waiting included; zero for one that was idle.
    public internal(set) var connect = Duration.zero
    /// Whether the connection had carried a request before.
    public internal(set) var isReused = false
    /// Whether a reused connection turned out to be closed and the request went out again on a fresh one.
    public internal(set) var retriedStale = false
    /// When the request's first byte went out.
    public internal(set) var sentAt: Instant?
    /// When the response's first byte came.
    public internal(set) var firstByteAt: Instant?
    /// Bytes of the response's body so far, decoded.
    public internal(set) var bodyBytes = 0
}
