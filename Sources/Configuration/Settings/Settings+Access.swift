extension Settings {
    /// Where a server listens, and its certificate.
    public struct Listener: Hashable, Sendable {
        /// Addresses such as `127.0.0.1:8080`, `[::1]:8080` or `unix:/run/switchyard.sock`; port 0 lets the kernel choose.
        public internal(set) var addresses: [String] = []
        /// The path of the certificate chain (PEM); `nil` for plain HTTP.
        public internal(set) var tlsCertificate: String?
        /// The path of the certificate's private key (PEM).
        public internal(set) var tlsKey: String?
    }

    /// What clients may take up; every limit answers with the status that its text names.
    public struct Limits: Hashable, Sendable {
        /// Bytes of a request's line and headers; 431 beyond.
        public internal(set) var headBytesMax = 65_536
        /// Header lines of a request; 431 beyond.
        public internal(set) var headerCountMax = 128
        /// Bytes of a request's body; 413 beyond.
        public internal(set) var bodyBytesMax = 33_554_432
        /// Open connections, all loops together; further ones are answered 503 and closed.
        public internal(set) var connectionsMax = 20_000
        /// Requests that one connection may have sent ahead of its answers.
        public internal(set) var pipelinedRequestsMax = 32
        /// Seconds for a request's head to arrive; 408 after.
        public internal(set) var headSecondsMax = 10.0
        /// Seconds for a request's body to arrive; 408 after.
        public internal(set) var bodySecondsMax = 60.0
        /// Seconds that a connection may stay without a request.
        public internal(set) var idleSecondsMax = 300.0
        /// Seconds that a client may leave an answer unread.
        public internal(set) var writeSecondsMax = 60.0
        /// Seconds for a request whose client closed its side before the work on it began.
        public internal(set) var halfClosedSecondsMax = 5.0
        /// Seconds for a whole request, every attempt and the queue included; 504 after.
        public internal(set) var requestSecondsMax = 600.0
        /// Gateways that a request may have come through; 508 beyond.
        public internal(set) var hopsMax = 4
        /// Nesting of a JSON body; 400 beyond.
        public internal(set) var jsonDepthMax = 128
        /// Seconds that requests in flight may take after SIGTERM.
        public internal(set) var drainSecondsMax = 30.0

        /// The defaults.
        init() {}
    }
}

extension Settings.Listener: Section {
    static let fields: [Field<Self>] = [
        Field(
            "addresses",
            \.addresses,
            .list(of: .address, count: 0...64),
            "Sockets: \"127.0.0.1:8080\", \"[::1]:8080\" or \"unix:/path\"; port 0 lets the kernel choose."
        ),
        Field("tls_certificate", \.tlsCertificate, optional: .text, "Path of the certificate chain (PEM) for TLS."),
        Field("tls_key", \.tlsKey, optional: .text, "Path of the certificate's private key (PEM)."),
    ]

    func check(at place: Place, into report: inout Report) {
        guard (tlsCertificate == nil) != (tlsKey == nil) else { return }
        // A path that was refused has been reported; only a key that the file lacks is missing.
        let (given, missing) = tlsKey == nil ? ("tls_certificate", "tls_key") : ("tls_key", "tls_certificate")
        guard place.child(missing)?.node?.isNull ?? true else { return }
        report.error(at: place[given], "needs `\(missing)` beside it", fix: "give both, or neither for plain HTTP")
    }
}

extension Settings.Limits: Section {
    static let fields: [Field<Self>] = [
        Field(
            "head_bytes_max",
            \.headBytesMax,
            .integer(in: 1024...1_048_576),
            "Bytes of a request's line and headers; 431 beyond. Cookies and tokens of proxies fit in nginx's 64 KiB."
        ),
        Field("header_count_max", \.headerCountMax, .integer(in: 8...10_000), "Header lines of a request; 431 beyond."),
        Field(
            "body_bytes_max",
            \.bodyBytesMax,
            .integer(in: 1024...1_073_741_824),
            "Bytes of a request's body; 413 beyond. Images in messages need tens of MiB."
        ),
        Field(
            "connections_max",
            \.connectionsMax,
            .integer(in: 1...1_000_000),
            "Open connections, all loops together; further ones are answered 503 and closed."
        ),
        Field(
            "pipelined_requests_max",
            \.pipelinedRequestsMax,
            .integer(in: 1...10_000),
            "Requests that one connection may send ahead of its answers."
        ),
        Field(
            "head_seconds_max",
            \.headSecondsMax,
            .number(in: 0.01...3600),
            "Seconds for a head to arrive; then 408."
        ),
        Field(
            "body_seconds_max",
            \.bodySecondsMax,
            .number(in: 0.01...86_400),
            "Seconds for a body to arrive; then 408."
        ),
        Field(
            "idle_seconds_max",
            \.idleSecondsMax,
            .number(in: 0.01...86_400),
            "Seconds that a connection may stay without a request."
        ),
        Field(
            "write_seconds_max",
            \.writeSecondsMax,
            .number(in: 0.01...86_400),
            "Seconds that a client may leave an answer unread."
        ),
        Field(
            "half_closed_seconds_max",
            \.halfClosedSecondsMax,
            .number(in: 0.01...86_400),
            "Seconds for a request whose client closed its side before the work on it began: it may have gone."
        ),
        Field(
            "request_seconds_max",
            \.requestSecondsMax,
            .number(in: 0.01...86_400),
            "Seconds for a whole request, queue and every attempt included; then 504."
        ),
        Field(
            "hops_max",
            \.hopsMax,
            .integer(in: 0...64),
            "Gateways that a request may have come through; 508 beyond, as they are likely each other's backends."
        ),
        Field("json_depth_max", \.jsonDepthMax, .integer(in: 8...1024), "Nesting of a JSON body; 400 beyond."),
        Field(
            "drain_seconds_max",
            \.drainSecondsMax,
            .number(in: 0...3600),
            "Seconds that requests in flight may take after SIGTERM."
        ),
    ]
}
