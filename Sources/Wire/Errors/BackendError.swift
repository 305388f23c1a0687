/// What a backend says when it fails, in whichever of the usual shapes.
public struct BackendError: Error, Hashable, Sendable {
    /// What kind of failure it is: what the gateway acts on.
    public enum Kind: Hashable, Sendable {
        /// The prompt does not fit into this model; a larger one may take it.
        case contextLengthExceeded
        /// The model or its provider refuses the content.
        case contentRefused
        /// The request is wrong in this backend's eyes.
        case invalidRequest
        /// The backend does not take the gateway's key.
        case notAuthorized
        /// The backend does not know the model, or the path.
        case modelNotFound
        /// Too many requests; later or elsewhere it may do.
        case rateLimited
        /// The gateway's account with the provider is spent.
        case quotaExhausted
        /// The backend has too much to do.
        case overloaded
        /// Any other failure of the backend's own.
        case serverError
        /// What came is not what the API says: not JSON, no event stream.
        case malformed
        /// The stream ended before the answer did.
        case cut
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// The backend's words, at most 1 KiB of them.
    public let message: String
    /// The backend's `type`, if it gave one.
    public let type: String?
    /// The backend's `code`, if it gave one; a number in decimal.
    public let code: String?

    /// A failure that the gateway saw itself, such as a stream cut short.
    public init(kind: Kind, message: String, type: String? = nil, code: String? = nil) {
        self.kind = kind
        self.message = message
        self.type = type
        self.code = code
    }
}
