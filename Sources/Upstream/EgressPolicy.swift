/// Which addresses the gateway may connect to, checked after a name is resolved and before a packet goes out.
///
/// So a name that points at a private address, or is made to after a first check, leads nowhere. Where a proxy is
/// configured the connections go to the proxy, and which of them to allow is its matter.
public enum EgressPolicy: Hashable, Sendable {
    /// Every address.
    case any
    /// Addresses that are reachable over the internet, and these.
    case publicAnd([AddressRange])
    /// These alone.
    case only([AddressRange])

    /// Addresses that are reachable over the internet alone.
    public static var publicOnly: EgressPolicy { .publicAnd([]) }

    /// Whether a connection to `address` may be made.
    public func allows(_ address: IPAddress) -> Bool {
        switch self {
        case .any: true
        case .publicAnd(let ranges): Self.isPublic(address) || ranges.contains { $0.contains(address) }
        case .only(let ranges): ranges.contains { $0.contains(address) }
        }
    }

    /// Whether an address is none of those that the registries keep for special use: RFC 6890.
    private static func isPublic(_ address: IPAddress) -> Bool {
        if address.ipv4 != nil { return !specialIPv4.contains { $0.contains(address) } }
        // All that is globally routed so far; the tunnels inside it embed IPv4 addresses, private ones as well.
        return globalIPv6.contains { $0.contains(address) } && !specialIPv6.contains { $0.contains(address) }
    }

    private static let specialIPv4 = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    ].compactMap { AddressRange($0) }

    private static let globalIPv6 = ["2000::/3"].compactMap { AddressRange($0) }

    private static let specialIPv6 = ["2001::/23", "2001:db8::/32", "2002::/16"].compactMap { AddressRange($0) }
}
