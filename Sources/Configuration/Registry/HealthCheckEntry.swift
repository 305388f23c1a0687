import Domain

/// A model's health check as the registry's file has it.
struct HealthCheckEntry: Section {
    var path = "/health"
    var intervalSeconds = 2.0
    var timeoutSeconds = 1.0
    var always = false

    static let fields: [Field<Self>] = [
        Field(
            "path",
            \.path,
            .requestTarget,
            "What is asked for at the backend's host and port; 2xx says that it is well."
        ),
        Field("interval_seconds", \.intervalSeconds, .number(in: 0.05...3600), "Seconds between two checks."),
        Field(
            "timeout_seconds",
            \.timeoutSeconds,
            .number(in: 0.01...600),
            "Seconds that one may take, interval_seconds at most."
        ),
        Field(
            "always",
            \.always,
            .flag,
            "Whether it is checked while it is well, too; a check that fails then counts as a call that failed."
        ),
    ]

    /// The check that the entry describes.
    var healthCheck: HealthCheck {
        HealthCheck(
            path: path,
            interval: .seconds(intervalSeconds),
            timeout: .seconds(min(timeoutSeconds, intervalSeconds)),
            isContinuous: always
        )
    }
}
