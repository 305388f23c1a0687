/// How much of a scope's requests the gateway takes on at a time.
public struct RateLimit: Hashable, Sendable {
    /// Whose requests count.
    public let scope: Budget.Scope
    /// Requests in a minute; `nil` for any number.
    public let requestsPerMinute: Int64?
    /// Prompt and generated tokens in a minute; `nil` for any number.
    public let tokensPerMinute: Int64?
    /// Requests under way at once; `nil` for any number.
    public let concurrency: Int?

    /// Limits of `scope`.
    public init(scope: Budget.Scope, requestsPerMinute: Int64?, tokensPerMinute: Int64?, concurrency: Int?) {
        self.scope = scope
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.concurrency = concurrency
    }
}
