/// How one loop's client treats its backends; every limit is per loop.
public struct UpstreamSettings: Hashable, Sendable {
    /// Connections to one origin, idle ones included; further requests wait for one.
    public var connectionsPerOriginMax = 512
    /// Connections to one origin that are kept while nobody uses them.
    public var idleConnectionsPerOriginMax = 128
    /// Requests to one origin that wait for a connection; further ones are refused at once.
    public var waitingPerOriginMax = 1024
    /// How long an idle connection is kept; below the backends' own keep-alive time, or requests meet closed
    /// connections.
    public var keepAlive = Duration.seconds(50)
    /// How soon a reused connection must break, with nothing received, to count as closed before the request came.
    ///
    /// The request is then repeated once. Later than that, the backend may have worked on it.
    public var staleConnectionWindow = Duration.milliseconds(500)
    /// A response's status line and fields together, in bytes.
    public var responseHeadBytesMax = 64 * 1024
    /// A response's header fields.
    public var responseHeaderCountMax = 256
    /// A response's body, decoded, in bytes.
    public var responseBodyBytesMax = 1 << 30
    /// A response's chunk extensions and trailers together, in bytes.
    public var chunkOverheadBytesMax = 64 * 1024
    /// How long the end of an answer that nobody reads any more may take to come; see ``UpstreamResponse/finish()``.
    public var endingDurationMax = Duration.seconds(1)
    /// How many bytes of a body may come before that end.
    public var endingBytesMax = 4096
    /// Bytes that one HTTP/1.1 connection may read, or little more, before the loop's others have their turn.
    public var bytesPerTurnMax = 256 * 1024
    /// A file of PEM certificates to trust instead of the system's.
    public var caFile: String?
    /// Whether certificates and their host names are checked; off only for a test.
    public var verifiesCertificates = true
    /// `http://host:port` of a proxy that tunnels every connection; never taken from the environment.
    public var proxy: String?
    /// How long a resolved name is kept.
    public var dnsCache = Duration.seconds(60)
    /// Which addresses a name may resolve to.
    public var egress = EgressPolicy.any

    /// The defaults.
    public init() {}
}
