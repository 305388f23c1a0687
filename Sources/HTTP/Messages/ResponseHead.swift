/// The status line and the header fields of a response.
///
/// Meant to be kept and refilled by ``ResponseHeadParser/parse(_:toHead:into:)``.
public struct ResponseHead: Sendable {
    /// The status code, 100 to 999.
    public internal(set) var status = 0
    /// 0 or 1, of HTTP/1.0 or HTTP/1.1.
    public internal(set) var minorVersion = 1
    /// All header fields.
    public internal(set) var fields = HeaderFields()
    /// How long the body is, and none where the method or the status rules it out.
    public internal(set) var framing = BodyFraming.none
    /// Whether the server lets the connection be used for another request, once the body is read.
    public internal(set) var keepsAlive = false

    var reasonRange = ByteRange.empty

    /// A head to be filled.
    public init() {}

    /// Whether another head, the final one, comes after this one (status 1xx).
    public var isInformational: Bool { status < 200 }

    /// The reason phrase, often empty.
    public var reasonBytes: ArraySlice<UInt8> { fields.block[reasonRange.indices] }

    /// Forgets the last head and keeps its memory.
    mutating func removeAll() {
        fields.removeAll(keepingCapacity: true)
        reasonRange = .empty
    }
}
