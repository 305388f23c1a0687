internal import Configuration
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

    /// The attempt's `x-request-id`, which a gateway sends with each attempt at one request.
    var requestID: String? { head.fields.string("x-request-id") }

    /// The header fields of an answer of some type.
    static func fields(_ contentType: StaticString) -> [UInt8] {
        var fields: [UInt8] = []
        fields.append(label)
        fields.appendField("content-type", contentType)
        return fields
    }

    func respondJSON(_ body: [UInt8]) async throws(IOError) {
        try await respond(status: 200, fields: Self.fields("application/json"), body: body)
    }

    func refuse(
        _ error: APIError,
        retryAfter: SimulatedFault.RetryAfter? = nil
    ) async throws(IOError) {
        var fields = Self.fields("application/json")
        switch retryAfter ?? error.retryAfterSeconds.map({ .seconds(Int($0)) }) {
        case .seconds(let count): fields.appendField("retry-after", count)
        case .milliseconds(let count): fields.appendField("retry-after-ms", count)
        case .date(let seconds):
            let time = Int(WallClock.unixMilliseconds / 1000) + seconds
            fields.appendField("retry-after", text: HTTPDate.text(unixSeconds: time))
        case nil: break
        }
        try await respond(status: error.status, fields: fields, body: error.body)
    }

    static var streamFields: [UInt8] {
        var fields = fields("text/event-stream")
        fields.appendField("cache-control", "no-cache")
        return fields
    }

    /// Sends what is pending of an event stream, after the head if this is the first of it.
    func send(_ pending: inout [UInt8]) async throws(IOError) {
        if hasStarted {
            if !pending.isEmpty { try await write(pending) }
        } else {
            try await startStream(status: 200, fields: Self.streamFields, first: pending[...])
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
    /// A failure that was scripted or drawn.
    static func simulated(status: Int) -> APIError {
        let message = "\(Script.label) This failure is simulated."
        let (type, code): (String, String?) =
            switch status {
            case 401: ("invalid_request_error", "invalid_api_key")
            case 404: ("invalid_request_error", "model_not_found")
            case 429: ("requests", "rate_limit_exceeded")
            case 529: ("overloaded_error", nil)
            case 400..<500: ("invalid_request_error", nil)
            default: ("server_error", nil)
            }
        return APIError(
            status: status,
            type: type,
            code: code,
            param: nil,
            message: message,
            isRetryable: true,
            retryAfter: nil
        )
    }

    /// A prompt that does not fit, in OpenAI's words.
    static let simulatedContextExceeded = APIError.invalidRequest(
        "\(Script.label) This model's maximum context length is 1 token.",
        param: "messages",
        code: "context_length_exceeded"
    )

    /// Content that is not allowed, as Azure and OpenAI say it.
    static let simulatedContentRefused = APIError.invalidRequest(
        "\(Script.label) The request was rejected as a result of the safety system.",
        param: "prompt",
        code: "content_policy_violation"
    )
}
