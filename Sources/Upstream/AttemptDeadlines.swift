public import Reactor

/// How long an attempt may take, phase by phase; kept by the loop.
public struct AttemptDeadlines: Hashable, Sendable {
    /// To have a connection: waiting for one to be free, resolving, TCP and TLS.
    public var connect: Duration
    /// From the last byte of the request to the whole head of the response.
    public var firstByte: Duration
    /// Without a byte moving, while sending or while the body comes and somebody reads it.
    public var betweenBytes: Duration
    /// For everything.
    public var whole: Instant

    /// Deadlines of one attempt.
    public init(connect: Duration, firstByte: Duration, betweenBytes: Duration, whole: Instant) {
        self.connect = connect
        self.firstByte = firstByte
        self.betweenBytes = betweenBytes
        self.whole = whole
    }
}
