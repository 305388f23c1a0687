internal import HTTP
internal import Reactor
internal import Server
internal import Wire

extension Exchange {
    private static let label: StaticString = "x-switchyard-simulated: true\r\n"

    /// The number in `x-simulation-seed`, with which a client asks for a certain performance.
    var simulationSeed: UInt64? {
        head.fields.first("x-simulation-seed").flatMap { UInt64(String(decoding: $0, as: UTF8.self)) }
    }

    func respondJSON(_ body: [UInt8], status: Int = 200, retryAfter: Int64? = nil) async throws(IOError) {
        var fields: [UInt8] = []
        fields.append(Self.label)
        fields.appendField("content-type", "application/json")
        if let retryAfter { fields.appendField("retry-after", Int(retryAfter)) }
        try await respond(status: status, fields: fields, body: body)
    }

    /// Sends what is pending of an event stream, after the head if this is the first of it.
    func send(_ pending: inout [UInt8]) async throws(IOError) {
        if hasStarted {
            if !pending.isEmpty { try await write(pending) }
        } else {
            var fields: [UInt8] = []
            fields.append(Self.label)
            fields.appendField("content-type", "text/event-stream")
            fields.appendField("cache-control", "no-cache")
            try await startStream(status: 200, fields: fields, first: pending[...])
        }
        pending.removeAll(keepingCapacity: true)
    }
}

extension EventLoop {
    /// Waits until `duration` has passed since `start`; not at all if it has.
    func sleep(for duration: Duration, after start: Instant) async throws(IOError) {
        guard duration > .zero else { return }
        try await sleep(until: start.advanced(by: duration))
    }
}

extension APIError {
    /// A failure that was drawn.
    static func simulated(status: Int) -> APIError {
        let message = "\(Script.label) This failure was drawn from the configured error rate."
        return switch status {
        case 429: .rateLimited(message, retryAfter: .seconds(1))
        case 503: .overloaded(message, retryAfter: .seconds(1))
        default:
            APIError(
                status: status,
                type: "server_error",
                code: nil,
                param: nil,
                message: message,
                isRetryable: true,
                retryAfter: nil
            )
        }
    }
}
