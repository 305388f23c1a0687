internal import Glibc

/// Why a descriptor could not do what was asked of it.
public enum IOError: Error, Hashable, Sendable {
    /// A system call failed with this errno.
    case system(StaticCall, Int32)
    /// The other side closed or reset the connection.
    case closedByPeer
    /// The descriptor was closed on this side while somebody waited for it.
    case closedLocally
    /// The deadline passed first.
    case timedOut
    /// The task that waited was cancelled.
    case cancelled
    /// TLS failed, with OpenSSL's reason.
    case tls(String)
    /// An address that is not `host:port`, `[v6]:port` or `unix:/path`.
    case invalidAddress(String)

    /// The name of a system call.
    public typealias StaticCall = String
}

extension IOError: CustomStringConvertible {
    /// The value as people read it.
    public var description: String {
        switch self {
        case .system(let call, let code): "\(call): \(Self.describe(code))"
        case .closedByPeer: "the peer closed the connection"
        case .closedLocally: "the connection was closed"
        case .timedOut: "the deadline passed"
        case .cancelled: "cancelled"
        case .tls(let reason): "TLS: \(reason)"
        case .invalidAddress(let address):
            "\"\(address)\" is not an address: write 127.0.0.1:8080, [::1]:8080 or unix:/path"
        }
    }

    /// What the C library calls an errno.
    static func describe(_ code: Int32) -> String { String(cString: strerror(code)) }
}
