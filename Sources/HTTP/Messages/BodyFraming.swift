/// How a message says where its body ends: RFC 9112, §6.3.
public enum BodyFraming: Hashable, Sendable {
    /// There is no body.
    case none
    /// The body is this many bytes.
    case length(Int)
    /// The body comes in chunks, the last of which is empty.
    case chunked
    /// The body ends with the connection; responses only.
    case untilClose
}
