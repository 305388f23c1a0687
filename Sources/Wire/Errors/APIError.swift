/// An answer that refuses a request, in OpenAI's error shape.
///
/// The body has all four keys, `null` where there is nothing to say, because typed clients read each of them.
public struct APIError: Error, Hashable, Sendable {
    /// The response's status code: RFC 9110, §15.
    public let status: Int
    /// The family of the error, such as `invalid_request_error`.
    public let type: String
    /// What a program may act on, such as `model_not_found`.
    public let code: String?
    /// The member of the request's body that is at fault, such as `messages[2].content`.
    public let param: String?
    /// What a person reads.
    public let message: String
    /// Whether sending the same request again may help: the `x-should-retry` header, which SDKs heed before the status.
    public let isRetryable: Bool
    /// How long to wait before that: the `retry-after` header.
    public let retryAfter: Duration?

    /// An error with all its parts; the usual ones have names of their own.
    public init(
        status: Int,
        type: String,
        code: String?,
        param: String?,
        message: String,
        isRetryable: Bool,
        retryAfter: Duration?
    ) {
        self.status = status
        self.type = type
        self.code = code
        self.param = param
        self.message = message
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
    }

    /// `retry-after` as a header says it: whole seconds, rounded up, at least 1, because some clients read no fractions.
    public var retryAfterSeconds: Int64? {
        retryAfter.map { duration in
            let (seconds, attoseconds) = duration.components
            return max(1, attoseconds > 0 ? seconds + 1 : seconds)
        }
    }
}
