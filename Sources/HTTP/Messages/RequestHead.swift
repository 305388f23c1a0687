/// The method of a request, in the capitals that RFC 9110, §9 gives it; methods are case-sensitive.
public enum Method: Hashable, Sendable {
    /// `GET`
    case get
    /// `HEAD`
    case head
    /// `POST`
    case post
    /// `PUT`
    case put
    /// `PATCH`
    case patch
    /// `DELETE`
    case delete
    /// `OPTIONS`
    case options
    /// Any other token; ``RequestHead/methodBytes`` has it.
    case other

    init(_ token: UnsafeBufferPointer<UInt8>) {
        func isToken(_ text: StaticString) -> Bool { token.hasPrefix(text) }
        switch token.count {
        case 3: self = isToken("GET") ? .get : isToken("PUT") ? .put : .other
        case 4: self = isToken("POST") ? .post : isToken("HEAD") ? .head : .other
        case 5: self = isToken("PATCH") ? .patch : .other
        case 6: self = isToken("DELETE") ? .delete : .other
        case 7: self = isToken("OPTIONS") ? .options : .other
        default: self = .other
        }
    }
}

/// The start line and the header fields of a request, valid by RFC 9112 as a whole.
///
/// Meant to be kept and refilled by ``RequestHeadParser/parse(_:into:)``.
public struct RequestHead: Sendable {
    /// What the client wants done.
    public internal(set) var method = Method.other
    /// 0 or 1, of HTTP/1.0 or HTTP/1.1.
    public internal(set) var minorVersion = 1
    /// All header fields.
    public internal(set) var fields = HeaderFields()
    /// How long the body is; never ``BodyFraming/untilClose``.
    public internal(set) var framing = BodyFraming.none
    /// Whether the client lets the connection be used for another request.
    public internal(set) var keepsAlive = false
    /// Whether the client waits for `100 Continue` before it sends the body.
    public internal(set) var expectsContinue = false

    var methodRange = ByteRange.empty
    var targetRange = ByteRange.empty
    var pathRange = ByteRange.empty
    var queryRange: ByteRange?

    /// A head to be filled.
    public init() {}

    /// The method as it was sent.
    public var methodBytes: ArraySlice<UInt8> { fields.block[methodRange.indices] }

    /// The target as it was sent: a path with its query, an absolute URI, or an asterisk.
    public var targetBytes: ArraySlice<UInt8> { fields.block[targetRange.indices] }

    /// The target's path, not percent-decoded; `*` for a request that asks about the server as a whole.
    public var pathBytes: ArraySlice<UInt8> { fields.block[pathRange.indices] }

    /// The target's query without its question mark, not percent-decoded; `nil` without a question mark.
    public var queryBytes: ArraySlice<UInt8>? { queryRange.map { fields.block[$0.indices] } }

    /// ``pathBytes`` as text.
    public var path: String { String(decoding: pathBytes, as: UTF8.self) }

    /// ``queryBytes`` as text.
    public var query: String? { queryBytes.map { String(decoding: $0, as: UTF8.self) } }

    /// Forgets the last head and keeps its memory.
    mutating func removeAll() {
        fields.removeAll(keepingCapacity: true)
        methodRange = .empty
        targetRange = .empty
        pathRange = .empty
        queryRange = nil
    }
}
