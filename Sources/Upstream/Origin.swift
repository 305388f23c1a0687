/// Where a backend lives: scheme, host and port, as the registry says and never as a client does.
public struct Origin: Hashable, Sendable {
    /// How its bytes travel.
    public enum Scheme: String, Hashable, Sendable {
        /// Plain TCP.
        case http
        /// TLS over TCP.
        case https
    }

    /// How its bytes travel.
    public let scheme: Scheme
    /// A name in lower case, an IPv4 address, or an IPv6 address without brackets.
    public let host: String
    /// The TCP port, never 0.
    public let port: UInt16

    /// Takes a registry's base URL apart: `https://api.example.com/v1` is an origin and the path `/v1`.
    ///
    /// - Parameter baseURL: At most 2,048 bytes; no user information, query or fragment.
    /// - Returns: The origin, and the path without its last slash.
    /// - Throws: ``UpstreamError/invalidOrigin(reason:)``, which does not repeat the URL: it might hold a password.
    public static func parse(baseURL: String) throws(UpstreamError) -> (origin: Origin, path: String) {
        guard baseURL.utf8.count <= 2048 else { throw .invalidOrigin(reason: "longer than 2048 bytes") }
        let (scheme, rest) = try scheme(of: baseURL)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let origin = try Origin(scheme: scheme, authority: rest[..<slash])
        var path = rest[slash...]
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "?") })
        else { throw .invalidOrigin(reason: "the path holds a query, a fragment, a space or a character beyond ASCII") }
        if path.last == "/" { path.removeLast() }
        return (origin, String(path))
    }

    /// What `Host` says: the port is left out where it is the scheme's own (RFC 9110, §7.2).
    public let authority: String

    /// By host and port: they tell origins apart well enough, and this is on every request's path.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(host)
        hasher.combine(port)
    }

    /// The origin as a URL without a path, port included.
    var url: String { "\(scheme.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    private static func scheme(of url: String) throws(UpstreamError) -> (Scheme, Substring) {
        for scheme in [Scheme.http, .https] {
            let prefix = scheme.rawValue + "://"
            if url.prefix(prefix.count).lowercased() == prefix { return (scheme, url.dropFirst(prefix.count)) }
        }
        throw .invalidOrigin(reason: "neither http:// nor https://")
    }

    private init(scheme: Scheme, authority: Substring) throws(UpstreamError) {
        guard !authority.contains("@") else { throw .invalidOrigin(reason: "it holds user information") }
        let isLiteral = authority.first == "["
        guard
            let hostEnd = isLiteral
                ? authority.firstIndex(of: "]") : authority.firstIndex(of: ":") ?? authority.endIndex
        else { throw .invalidOrigin(reason: "an IPv6 address without its closing bracket") }
        let host = isLiteral ? authority[..<hostEnd].dropFirst() : authority[..<hostEnd]
        guard (1...253).contains(host.utf8.count),
            host.utf8.allSatisfy(isLiteral ? Self.isLiteralByte : Self.isNameByte)
        else {
            throw .invalidOrigin(reason: "the host is not a name of letters, digits, dots and dashes, or an address")
        }
        self.scheme = scheme
        self.host = host.lowercased()
        port = try Self.port(authority[hostEnd...].drop { $0 == "]" }, scheme: scheme)
        let name = isLiteral ? "[\(self.host)]" : self.host
        self.authority = port == Self.defaultPort(of: scheme) ? name : "\(name):\(port)"
    }

    private static func port(_ text: Substring, scheme: Scheme) throws(UpstreamError) -> UInt16 {
        guard !text.isEmpty else { return defaultPort(of: scheme) }
        // Digits alone: `UInt16` would take a sign as well.
        guard text.first == ":", text.dropFirst().allSatisfy(\.isNumber), let port = UInt16(text.dropFirst()), port > 0
        else {
            throw .invalidOrigin(reason: "the port is not a number from 1 to 65535")
        }
        return port
    }

    private static func defaultPort(of scheme: Scheme) -> UInt16 { scheme == .https ? 443 : 80 }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isLiteralByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}

extension Origin: CustomStringConvertible {
    /// The value as people read it.
    public var description: String { "\(scheme.rawValue)://\(authority)" }
}
