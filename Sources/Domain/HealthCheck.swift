/// How a backend is asked whether it is well, without a request of a client's: by a GET that is answered with 2xx if so.
public struct HealthCheck: Hashable, Sendable {
    /// The request target at the backend's origin: a path with its query.
    public let path: String
    /// Between two checks.
    public let interval: Duration
    /// How long one may take, the interval at most.
    public let timeout: Duration
    /// Whether it is also asked while nothing speaks against it; else only when it is to be called again.
    public let isContinuous: Bool

    /// A check.
    public init(path: String, interval: Duration, timeout: Duration, isContinuous: Bool) {
        self.path = path
        self.interval = interval
        self.timeout = timeout
        self.isContinuous = isContinuous
    }
}
