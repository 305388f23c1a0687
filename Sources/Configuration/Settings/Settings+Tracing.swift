extension Settings {
    /// Where traces of requests go.
    public struct Tracing: Hashable, Sendable {
        /// The collector's URL for traces over OTLP/HTTP, such as `http://127.0.0.1:4318/v1/traces`; `nil` for none.
        public internal(set) var url: String?
        /// The environment variable with header lines for it, as `name=value,name=value`.
        public internal(set) var headersVariable: String?
        /// The share of requests that are traced, where their clients do not say.
        public internal(set) var share = 1.0
        /// Seconds between two exports.
        public internal(set) var intervalSeconds = 5.0
        /// Traces that wait for the next one; more are dropped, the oldest first.
        public internal(set) var queueMax = 2048

        /// None.
        init() {}
    }
}

extension Settings.Tracing: Section {
    static let fields: [Field<Self>] = [
        Field(
            "url",
            \.url,
            optional: .text,
            "Collector's URL for traces over OTLP/HTTP, such as http://127.0.0.1:4318/v1/traces; absent for none."
        ),
        Field(
            "headers_variable",
            \.headersVariable,
            optional: .variable,
            "Environment variable with header lines for it, as name=value,name=value."
        ),
        Field(
            "share",
            \.share,
            .number(in: 0...1),
            "Share of requests that are traced where `traceparent` does not say."
        ),
        Field("interval_seconds", \.intervalSeconds, .number(in: 0.1...3600), "Seconds between two exports."),
        Field("queue_max", \.queueMax, .integer(in: 1...1_000_000), "Traces that wait; the oldest are dropped."),
    ]
}
