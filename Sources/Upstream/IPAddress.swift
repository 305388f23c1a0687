internal import Glibc

/// An IPv4 or IPv6 address, as sixteen bytes: IPv4 is mapped into IPv6 (RFC 4291, §2.5.5.2).
public struct IPAddress: Hashable, Sendable {
    /// The address in network order.
    let bytes: [UInt8]

    private static let mappedPrefix: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

    /// Four or sixteen bytes in network order.
    init?(bytes: [UInt8]) {
        switch bytes.count {
        case 4: self.bytes = Self.mappedPrefix + bytes
        case 16: self.bytes = bytes
        default: return nil
        }
    }

    /// Reads `192.0.2.1` or `2001:db8::1`.
    public init?(_ text: String) {
        var four = in_addr()
        var sixteen = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: withUnsafeBytes(of: &four) { Array($0) })
        } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
            self.init(bytes: withUnsafeBytes(of: &sixteen) { Array($0) })
        } else {
            return nil
        }
    }

    /// The address in a `sockaddr_in` or `sockaddr_in6`; `nil` for another family.
    init?(_ socketAddress: UnsafeRawBufferPointer) {
        guard socketAddress.count >= MemoryLayout<sockaddr_in>.size else { return nil }
        switch Int32(socketAddress.loadUnaligned(as: sa_family_t.self)) {
        case AF_INET: self.init(bytes: Array(socketAddress[4..<8]))
        case AF_INET6 where socketAddress.count >= 24: self.init(bytes: Array(socketAddress[8..<24]))
        default: return nil
        }
    }

    /// The four bytes of an IPv4 address, mapped or not.
    var ipv4: ArraySlice<UInt8>? { bytes.starts(with: Self.mappedPrefix) ? bytes[12...] : nil }
}

extension IPAddress: CustomStringConvertible {
    /// The value as people read it.
    public var description: String {
        if let ipv4 { return ipv4.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }
}
