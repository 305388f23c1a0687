internal import Configuration

/// The settings' time limits as durations, converted once and not for each request.
struct TimeLimits: Sendable {
    /// For a whole request, all attempts and waits together.
    let request: Duration
    /// For a model's slot.
    let queue: Duration
    /// For a connection.
    let connect: Duration
    /// From the request's last byte to the head of the answer.
    let firstByte: Duration
    /// Without a byte of the answer.
    let betweenBytes: Duration
    /// For a whole attempt.
    let attempt: Duration

    init(_ settings: Settings) {
        request = .seconds(settings.limits.requestSecondsMax)
        queue = .seconds(settings.routing.queueSecondsMax)
        connect = .seconds(settings.upstream.connectSecondsMax)
        firstByte = .seconds(settings.upstream.firstByteSecondsMax)
        betweenBytes = .seconds(settings.upstream.betweenBytesSecondsMax)
        attempt = .seconds(settings.upstream.wholeSecondsMax)
    }
}
