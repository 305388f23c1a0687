internal import Domain

/// The client's side: 4xx.
extension APIError {
    /// 400: the body, or its member `param`, is not what the API asks for.
    public static func invalidRequest(_ message: String, param: String?, code: String? = nil) -> APIError {
        refusal(400, code: code, param: param, message)
    }

    /// 400: `name`, some `noun` such as a strategy, is none of `known`; the message offers the nearest, or all of them.
    public static func unknownName(_ name: String, noun: String, param: String, known: [String]) -> APIError {
        let hint = nearestName(to: name, in: known).map { "did you mean `\($0)`?" }
        return .invalidRequest(
            "Unknown \(noun) `\(excerpt(name))`: \(hint ?? "known are \(known.joined(separator: ", ")).")",
            param: param
        )
    }

    /// 400: the prompt is too long for every model that may answer it.
    public static func contextLengthExceeded(tokens: Int, contextWindow: Int) -> APIError {
        refusal(
            400,
            code: "context_length_exceeded",
            param: "messages",
            "The request needs about \(tokens) tokens, but the largest context window here is \(contextWindow)."
        )
    }

    /// 401: no key, or one that is not known; the key itself is never shown.
    public static let invalidAPIKey = refusal(
        401,
        code: "invalid_api_key",
        param: nil,
        "Incorrect or missing API key: send `Authorization: Bearer` with a key of this gateway."
    )

    /// 401: the key was right, and its time is over.
    public static let expiredAPIKey = refusal(
        401,
        code: "expired_api_key",
        param: nil,
        "This API key has expired: ask the gateway's operator for another one."
    )

    /// 401: the key is right, and switched off.
    public static let disabledAPIKey = refusal(
        401,
        code: "disabled_api_key",
        param: nil,
        "This API key is switched off: ask the gateway's operator."
    )

    /// 403: the key is known but not allowed to do this.
    public static func forbidden(_ message: String) -> APIError {
        refusal(403, code: "permission_denied", param: nil, message)
    }

    /// 404: no such model, or not for this key.
    public static func modelNotFound(_ name: String) -> APIError {
        refusal(
            404,
            code: "model_not_found",
            param: "model",
            "The model `\(excerpt(name))` does not exist or you do not have access to it."
        )
    }

    /// 404: no such endpoint.
    public static func notFound(method: String, path: String) -> APIError {
        refusal(404, code: "unknown_url", param: nil, "Unknown request URL: \(excerpt(method)) \(excerpt(path)).")
    }

    /// 405: the endpoint exists, for the methods in `allowed`, which belong into the `allow` header, too.
    public static func methodNotAllowed(_ method: String, path: String, allowed: String) -> APIError {
        refusal(
            405,
            code: "method_not_allowed",
            param: nil,
            "\(excerpt(path)) answers \(allowed), not \(excerpt(method))."
        )
    }

    /// 413: the body is longer than the gateway takes.
    public static func tooLarge(bodyBytesMax: Int) -> APIError {
        refusal(
            413,
            code: "request_too_large",
            param: nil,
            "The request's body is longer than \(bodyBytesMax) bytes."
        )
    }

    /// 422: models are there, but none meets what the request's constraints ask for.
    public static func constraintsUnmet(_ message: String, param: String?) -> APIError {
        refusal(422, code: "constraints_unmet", param: param, message)
    }

    /// 429: too many requests or tokens for this key; the same request will do after `retryAfter`.
    public static func rateLimited(_ message: String, retryAfter: Duration) -> APIError {
        APIError(
            status: 429,
            type: "rate_limit_error",
            code: "rate_limit_exceeded",
            param: nil,
            message: message,
            isRetryable: true,
            retryAfter: retryAfter
        )
    }

    /// 429: the budget is spent; SDKs would repeat a 429, so this one says not to.
    public static func insufficientQuota(_ message: String) -> APIError {
        APIError(
            status: 429,
            type: "insufficient_quota",
            code: "insufficient_quota",
            param: nil,
            message: message,
            isRetryable: false,
            retryAfter: nil
        )
    }

    private static func refusal(_ status: Int, code: String?, param: String?, _ message: String) -> APIError {
        APIError(
            status: status,
            type: "invalid_request_error",
            code: code,
            param: param,
            message: message,
            isRetryable: false,
            retryAfter: nil
        )
    }

    /// The beginning of what a client sent: it may be megabytes long.
    private static func excerpt(_ text: String) -> String { text.utf8.count <= 256 ? text : "\(text.prefix(80))…" }
}

/// The gateway's side: 5xx.
///
/// The gateway has tried its fallbacks by then; a client that repeats the request would multiply the load by three.
extension APIError {
    /// 500: a mistake in the gateway.
    public static let `internal` = failure(500, code: "internal_error", "The gateway made a mistake; it is logged.")

    /// 502: every model that was tried failed.
    public static func upstreamFailed(_ message: String) -> APIError { failure(502, code: "upstream_failed", message) }

    /// 503: no model is available at the moment.
    public static func noModelAvailable(_ message: String, retryAfter: Duration?) -> APIError {
        failure(503, code: "no_model_available", message, retryAfter: retryAfter)
    }

    /// 503: the gateway's queue is full or the wait in it too long; nothing was sent to any model.
    public static func overloaded(_ message: String, retryAfter: Duration) -> APIError {
        failure(503, code: "overloaded", message, retryAfter: retryAfter)
    }

    /// 504: the deadline passed before a model answered.
    public static func timedOut(_ message: String) -> APIError { failure(504, code: "timeout", message) }

    /// 508: the request has come through more gateways than it should, so that they are likely each other's backends.
    public static func loopDetected(hops: Int, hopsMax: Int) -> APIError {
        failure(508, code: "loop_detected", "The request has come through \(hops) gateways; at most \(hopsMax) may be.")
    }

    private static func failure(
        _ status: Int,
        code: String,
        _ message: String,
        retryAfter: Duration? = nil
    ) -> APIError {
        APIError(
            status: status,
            type: "server_error",
            code: code,
            param: nil,
            message: message,
            isRetryable: retryAfter != nil,
            retryAfter: retryAfter
        )
    }
}
