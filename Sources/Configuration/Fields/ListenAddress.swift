/// Where a listener binds: `127.0.0.1:8080`, `[::1]:8080`, or `unix:/run/switchyard.sock`.
enum ListenAddress: Hashable, Sendable {
    case version4([UInt8], port: UInt16)
    case version6([UInt16], port: UInt16)
    case unix(path: String)

    /// The longest path that `sockaddr_un` holds, without its NUL: unix(7).
    private static let pathBytesMax = 107

    /// The address that `text` spells, or `nil`; host names are no addresses, since a name can move.
    init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard (1...Self.pathBytesMax).contains(path.utf8.count) else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = decimal(text[text.index(after: colon)...], max: 65_535)
        else {
            return nil
        }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            guard let groups = Self.version6(host.dropFirst().dropLast()) else { return nil }
            self = .version6(groups, port: UInt16(port))
        } else {
            let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { decimal($0, max: 255) }
            let bytes = parts.compactMap { $0.map(UInt8.init) }
            guard parts.count == 4, bytes.count == 4 else { return nil }
            self = .version4(bytes, port: UInt16(port))
        }
    }

    /// Whether only this machine can reach it.
    var isLocal: Bool {
        switch self {
        case .version4(let bytes, port: _): bytes[0] == 127
        case .version6(let groups, port: _): groups == [0, 0, 0, 0, 0, 0, 0, 1]
        case .unix: true
        }
    }

    /// The eight groups of an IPv6 address (RFC 4291 §2.2, forms 1 and 2; no zone, no embedded IPv4).
    private static func version6(_ text: Substring) -> [UInt16]? {
        func groups(_ text: some StringProtocol) -> [UInt16]? {
            guard !text.isEmpty else { return [] }
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            let groups = parts.compactMap { part in
                (1...4).contains(part.utf8.count) && part.utf8.allSatisfy(isAlphanumeric)
                    ? UInt16(part, radix: 16) : nil
            }
            return groups.count == parts.count ? groups : nil
        }
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        let known = halves.compactMap { groups($0) }
        guard known.count == halves.count else { return nil }
        switch known.count {
        case 1 where known[0].count == 8: return known[0]
        case 2 where known[0].count + known[1].count < 8:
            return known[0] + Array(repeating: 0, count: 8 - known[0].count - known[1].count) + known[1]
        default: return nil
        }
    }
}

/// The number that plain digits spell without a leading zero, which some readers would take as octal.
private func decimal(_ text: some StringProtocol, max: Int) -> Int? {
    guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ $0 & 0xf0 == 0x30 && $0 <= 0x39 }) else {
        return nil
    }
    guard text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0"), let number = Int(text) else { return nil }
    return number <= max ? number : nil
}
