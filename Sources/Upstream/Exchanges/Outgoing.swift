internal import HTTP
internal import Reactor

/// What is still to be sent of a request: its head with the start of the body as one piece, then the rest of the body.
struct Outgoing {
    /// A body up to this size is sent in one system call with its head, at the price of one copy.
    private static let joinedBytesMax = 16 * 1024

    /// A piece that is sent at once: small enough to show progress over TLS, where a piece goes out as a whole or not.
    private static let pieceBytesMax = 128 * 1024

    private var first: [UInt8]
    private var body: [UInt8] = []
    /// In `first` until that is sent, then in `body`.
    private var offset = 0
    private(set) var isEmpty = false
    /// When the last byte, so far, went out.
    private(set) var lastSent: Instant
    /// Why no more could be sent.
    private(set) var failure: String?
    /// Whether the request was given up half-way, so that its connection cannot carry another one.
    private(set) var isCut = false

    /// The bytes of `request` as HTTP/1.1.
    init(_ request: UpstreamRequest) {
        let joined = min(request.body.count, Self.joinedBytesMax)
        lastSent = .now
        first = []
        first.reserveCapacity(128 + request.path.utf8.count + request.headerLines.count + joined)
        first.append(contentsOf: request.method.rawValue.utf8)
        first.append(0x20)
        first.append(contentsOf: request.path.utf8)
        first.append(" HTTP/1.1\r\nhost: ")
        first.append(contentsOf: request.origin.authority.utf8)
        first.append("\r\n")
        first.append(contentsOf: request.headerLines)
        if request.announcesLength {
            first.append("content-length: ")
            first.appendDecimal(request.body.count)
            first.append("\r\n")
        }
        first.append("\r\n")
        if joined == request.body.count {
            first.append(contentsOf: request.body)
        } else {
            body = request.body
        }
    }

    /// Sends what there is room for.
    ///
    /// A failure is kept for later: the response may have come all the same.
    mutating func flush(on connection: Connection, at now: Instant) {
        while !isEmpty {
            switch send(on: connection) {
            case .bytes: lastSent = now
            case .wouldBlock, .end: return
            case .broken(let reason):
                failure = reason
                cut()
            }
        }
    }

    /// Sends the next piece, as far as there is room.
    private mutating func send(on connection: Connection) -> Connection.Transfer {
        let isFirst = offset < first.count
        let start = isFirst ? offset : offset - first.count
        let transfer = (isFirst ? first : body).withUnsafeBytes { bytes in
            connection.send(UnsafeRawBufferPointer(rebasing: bytes[start...].prefix(Self.pieceBytesMax)))
        }
        if case .bytes(let count) = transfer {
            offset += count
            isEmpty = offset == first.count + body.count
        }
        return transfer
    }

    /// Forgets what is left.
    mutating func cut() {
        isCut = true
        isEmpty = true
        body = []
    }
}
