internal import HTTP

/// One request to a backend, ready to be sent.
public struct UpstreamRequest: Sendable {
    /// The methods that a gateway needs.
    public enum Method: String, Sendable {
        /// Reads.
        case get = "GET"
        /// Reads the head alone.
        case head = "HEAD"
        /// Asks for work.
        case post = "POST"
        /// Replaces.
        case put = "PUT"
        /// Changes in part.
        case patch = "PATCH"
        /// Removes.
        case delete = "DELETE"
    }

    /// Who speaks HTTP on the connection.
    public enum Transport: Hashable, Sendable {
        /// This module: HTTP/1.1 on a pooled connection. The fast path.
        case http1
        /// libcurl: HTTP/2 where the server offers it over TLS, HTTP/1.1 where it does not.
        case http2
        /// libcurl: HTTP/2 at once, over plain TCP too (RFC 9113, §3.3), each request on a connection of its own.
        case http2PriorKnowledge
    }

    /// Where it goes.
    public let origin: Origin
    /// What it asks for.
    public let method: Method
    /// The request target: a path with its query, visible ASCII.
    public let path: String
    /// Header lines, each `name: value CRLF`; without `host`, `content-length`, `transfer-encoding` and `connection`.
    public let headerLines: [UInt8]
    /// The body, as a whole.
    public let body: [UInt8]
    /// Who speaks HTTP on the connection.
    public let transport: Transport
    /// Whether it may go out a second time where a reused connection turns out to be closed.
    public let allowsResending: Bool

    /// A request.
    ///
    /// - Parameters:
    ///   - origin: Where it goes.
    ///   - method: What it asks for.
    ///   - path: The request target: a path with its query, visible ASCII.
    ///   - headerLines: Each `name: value CRLF`, checked by whoever made them; `host` and `content-length` are added.
    ///   - body: The body, as a whole.
    ///   - transport: Who speaks HTTP on the connection.
    ///   - allowsResending: Whether it may go out a second time where a reused connection turns out to be closed.
    public init(
        origin: Origin,
        method: Method,
        path: String,
        headerLines: [UInt8] = [],
        body: [UInt8] = [],
        transport: Transport = .http1,
        allowsResending: Bool = true
    ) {
        self.origin = origin
        self.method = method
        self.path = path
        self.headerLines = headerLines
        self.body = body
        self.transport = transport
        self.allowsResending = allowsResending
    }

    /// Whether the body's length is announced: RFC 9110, §8.6.
    var announcesLength: Bool {
        switch method {
        case .post, .put, .patch: true
        case .get, .head, .delete: !body.isEmpty
        }
    }

    /// Refuses what would change the request's framing.
    func validate() throws(UpstreamError) {
        let isTarget = path.utf8.withContiguousStorageIfAvailable { bytes in
            bytes.first == UInt8(ascii: "/") && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        }
        guard isTarget == true else {
            throw .invalidRequest(reason: "the path does not start with / or holds more than visible ASCII")
        }
        guard headerLines.isEmpty || headerLines[...].hasSuffix("\r\n") else {
            throw .invalidRequest(reason: "the header lines do not end in CRLF")
        }
    }
}
