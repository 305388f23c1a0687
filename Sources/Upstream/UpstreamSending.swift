public import Reactor

/// How a request went out, whatever became of it.
public struct UpstreamSending: Hashable, Sendable {
    /// When all of it had, or over HTTP/2 its first byte; `nil` if it never did.
    public internal(set) var sentAt: Instant?
    /// Whether it went out twice, since a reused connection was closed: the backend may have seen it both times.
    public internal(set) var isResent = false

    /// Nothing has gone out.
    public init() {}

    init(sentAt: Instant?, isResent: Bool) {
        self.sentAt = sentAt
        self.isResent = isResent
    }
}
