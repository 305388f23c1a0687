/// Every limit of a server; what goes beyond one is refused with the status that says so, or closed.
public struct ServerLimits: Hashable, Sendable {
    /// What a client's FIN means while its request is being handled.
    public enum HalfClose: Hashable, Sendable {
        /// The client has gone: the handler is cancelled, as nginx does.
        case cancel
        /// The client may still read: the handler goes on, until a write fails.
        case allow
    }

    /// Request line and fields together, in bytes; beyond: 431, or 414 where the request line alone is too long.
    public var headBytesMax = 32_768
    /// Fields in a head; beyond: 431.
    public var headerCountMax = 100
    /// A request's body, decoded, in bytes; beyond: 413 before the body is read.
    public var bodyBytesMax = 32 << 20
    /// Chunk extensions and trailers of one body, in bytes; beyond: 400.
    public var chunkOverheadBytesMax = 8192
    /// Open connections of all loops; beyond: 503 and close, so that clients learn of it at once.
    public var connectionsMax = 10_240
    /// Requests that may follow one another without the connection being read in between; then it is closed.
    public var pipelinedRequestsMax = 256
    /// Bytes that a connection may hold unsent in the kernel; a handler that writes more waits (TCP only).
    public var writeBufferBytesMax = 256 << 10

    /// From a head's first byte to its last, and for a TLS handshake; beyond: 408.
    public var headDurationMax = Duration.seconds(10)
    /// From a head's end to its body's; beyond: 408.
    public var bodyDurationMax = Duration.seconds(60)
    /// Between requests; beyond: closed without a word.
    public var idleDurationMax = Duration.seconds(75)
    /// Without room for a single byte while a handler writes; beyond: reset.
    public var writeDurationMax = Duration.seconds(30)
    /// How long a refused client's bytes are read and dropped, so that it reads the answer rather than a reset.
    public var lingerDurationMax = Duration.seconds(2)
    /// What a client's FIN means while its request is being handled.
    public var halfClose = HalfClose.cancel
    /// How long a request is handled whose client had sent its FIN by then, where that means that it has gone.
    public var halfClosedDurationMax = Duration.seconds(5)

    /// The default limits.
    public init() {}
}
