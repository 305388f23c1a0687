extension Settings {
    /// How backends are reached, and how long they may take.
    public struct Upstream: Hashable, Sendable {
        /// Seconds to connect, name lookup and TLS included.
        public internal(set) var connectSecondsMax = 5.0
        /// Seconds from the request's last byte to the answer's first.
        public internal(set) var firstByteSecondsMax = 120.0
        /// Seconds between two pieces of an answer.
        public internal(set) var betweenBytesSecondsMax = 60.0
        /// Seconds for one whole attempt.
        public internal(set) var wholeSecondsMax = 600.0
        /// Seconds that an idle connection is kept for the next request.
        public internal(set) var keepAliveSecondsMax = 60.0
        /// Idle connections kept for one backend on one loop.
        public internal(set) var idleConnectionsPerBackendMax = 256
        /// Connections to one backend on one loop.
        public internal(set) var connectionsPerBackendMax = 4096
        /// Bytes of an answer's status line and headers.
        public internal(set) var responseHeadBytesMax = 65_536
        /// Bytes of an answer that is not a stream.
        public internal(set) var responseBytesMax = 67_108_864
        /// Bytes of one server-sent event.
        public internal(set) var eventBytesMax = 1_048_576
        /// Bytes of a stream that are held back until it shows content.
        public internal(set) var heldBytesMax = 65_536
        /// The proxy's URL; never taken from the environment.
        public internal(set) var proxy: String?
        /// The path of a PEM file with the certificate authorities to trust; `nil` for the system's.
        public internal(set) var caFile: String?
        /// Whether backends' certificates are checked.
        public internal(set) var verifyCertificates = true
        /// Whether backends may have private, loopback or link-local addresses.
        public internal(set) var allowPrivateAddresses = true

        /// The defaults.
        init() {}
    }
}

extension Settings.Upstream: Section {
    static let fields: [Field<Self>] = [
        Field(
            "connect_seconds_max",
            \.connectSecondsMax,
            .number(in: 0.01...600),
            "Seconds to connect, name lookup and TLS included; then the next model is tried."
        ),
        Field(
            "first_byte_seconds_max",
            \.firstByteSecondsMax,
            .number(in: 0.01...86_400),
            "Seconds from the request's last byte to the answer's first; reasoning models think long."
        ),
        Field(
            "between_bytes_seconds_max",
            \.betweenBytesSecondsMax,
            .number(in: 0.01...86_400),
            "Seconds between two pieces of an answer; then it counts as stalled."
        ),
        Field(
            "whole_seconds_max",
            \.wholeSecondsMax,
            .number(in: 0.01...86_400),
            "Seconds for one whole attempt."
        ),
        Field(
            "keep_alive_seconds_max",
            \.keepAliveSecondsMax,
            .number(in: 0...3600),
            "Seconds that an idle connection is kept; less than backends keep theirs avoids races."
        ),
        Field(
            "idle_connections_per_backend_max",
            \.idleConnectionsPerBackendMax,
            .integer(in: 0...100_000),
            "Idle connections kept for one backend on one loop."
        ),
        Field(
            "connections_per_backend_max",
            \.connectionsPerBackendMax,
            .integer(in: 1...100_000),
            "Connections to one backend on one loop, busy and idle."
        ),
        Field(
            "response_head_bytes_max",
            \.responseHeadBytesMax,
            .integer(in: 1024...1_048_576),
            "Bytes of an answer's status line and headers; 502 beyond."
        ),
        Field(
            "response_bytes_max",
            \.responseBytesMax,
            .integer(in: 1024...1_073_741_824),
            "Bytes of an answer that is not a stream; 502 beyond."
        ),
        Field(
            "event_bytes_max",
            \.eventBytesMax,
            .integer(in: 1024...67_108_864),
            "Bytes of one server-sent event; beyond it the stream ends with an error."
        ),
        Field(
            "held_bytes_max",
            \.heldBytesMax,
            .integer(in: 0...16_777_216),
            "Bytes of a stream held back until it shows content; until then another model can take over unseen."
        ),
        Field("proxy", \.proxy, optional: .url(), "URL of an HTTP proxy for all backends; never from the environment."),
        Field("ca_file", \.caFile, optional: .text, "PEM file of trusted authorities instead of the system's."),
        Field(
            "verify_certificates",
            \.verifyCertificates,
            .flag,
            "Whether backends' certificates are checked; false gives keys and prompts to anyone in between."
        ),
        Field(
            "allow_private_addresses",
            \.allowPrivateAddresses,
            .flag,
            "Whether backends may have private, loopback or link-local addresses, as local ones do."
        ),
    ]

    func check(at place: Place, into report: inout Report) {
        if idleConnectionsPerBackendMax > connectionsPerBackendMax {
            report.error(
                at: place["idle_connections_per_backend_max"],
                "\(idleConnectionsPerBackendMax) is above connections_per_backend_max, \(connectionsPerBackendMax)",
                fix: "lower it, or raise the other"
            )
        }
    }
}
