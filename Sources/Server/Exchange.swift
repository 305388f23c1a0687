public import HTTP
public import Reactor

/// One request and its answer; confined to its connection's loop, and used again for the connection's next request.
///
/// States of the answer: none → streaming → complete, or none → complete; `broken` from any of them.
public final class Exchange {
    enum Answer {
        /// Nothing was sent.
        case none
        /// The head was sent, and the body comes in pieces.
        case streaming(Framing)
        /// All was sent.
        case complete
        /// The connection failed or was reset: nothing more can be sent.
        case broken
    }

    /// The rest of what was to be sent.
    struct Unsent {
        let buffer: [UInt8]
        let body: [UInt8]
        /// How many bytes of both went out.
        let sent: Int
    }

    /// How a streamed body ends.
    enum Framing {
        /// With an empty chunk.
        case chunked
        /// With the connection: HTTP/1.0.
        case untilClose
        /// At once: the answer to HEAD, and a status that has no body.
        case none
    }

    /// The client's address; `nil` where the kernel told none.
    public let peer: SocketAddress?
    /// When the request's first byte came in.
    public internal(set) var receivedAt = Instant.now
    /// When the answer's first byte went out.
    public internal(set) var firstByteAt: Instant?
    /// Bytes of the answer that went out, head and framing too.
    public internal(set) var bytesWritten = 0

    let socket: Socket
    let serving: ServingLoop
    var reader: RequestReader
    var answer = Answer.none
    /// What the socket had no room for.
    var unsent: Unsent?
    /// Whether the connection stays open after the answer.
    var keepsAlive = false

    init(socket: Socket, peer: SocketAddress?, serving: ServingLoop) {
        self.socket = socket
        self.peer = peer
        self.serving = serving
        reader = RequestReader(serving.limits)
    }

    /// The request's start line and fields.
    public var head: RequestHead { reader.head }

    /// The request's whole body, without its framing.
    public var body: [UInt8] { reader.body }

    /// The loop that all of it runs on.
    public var loop: EventLoop { serving.loop }

    /// Whether an answer was begun.
    public var hasStarted: Bool { if case .none = answer { false } else { true } }

    /// Whether nothing more can be sent.
    public var isBroken: Bool { if case .broken = answer { true } else { false } }

    /// Makes ready for the connection's next request.
    func reset(keepsAlive: Bool) {
        answer = .none
        firstByteAt = nil
        bytesWritten = 0
        self.keepsAlive = keepsAlive && reader.head.keepsAlive
    }

    // MARK: Whole answers

    /// Answers with a body that is there as a whole, in one system call where the socket has room.
    ///
    /// Adds `date`, `content-length` and, where it applies, `connection`. The answer to HEAD has the same fields and no
    /// body; 204 and 304 have neither body nor length.
    ///
    /// - Parameters:
    ///   - status: 200…599.
    ///   - fields: `name: value CRLF` each, as `HTTP`'s `appendField` makes them.
    ///   - body: All of it.
    /// - Throws: ``IOError`` if the client is gone or takes nothing for the write limit; the connection is closed then.
    /// - Precondition: No answer was begun.
    public func respond(status: Int, fields: [UInt8], body: [UInt8]) async throws(IOError) {
        var head = startHead(status, fields)
        let hasBody = status >= 200 && status != 204 && status != 304
        if hasBody { head.appendField("content-length", body.count) }
        head.appendHeadEnd()
        answer = .complete
        guard hasBody, reader.head.method != .head else { return try await send(head) }
        guard body.count > Self.joinedBytesMax else {
            head.append(contentsOf: body)
            return try await send(head)
        }
        try await send(head, body)
    }

    // MARK: Streams

    /// Sends the head of an answer whose body follows in pieces, with its first piece if there is one already.
    ///
    /// - Parameters:
    ///   - status: 200…599.
    ///   - fields: `name: value CRLF` each, as `HTTP`'s `appendField` makes them.
    ///   - first: The first bytes of the body, sent with the head; may be empty.
    /// - Throws: As ``respond(status:fields:body:)``.
    /// - Precondition: No answer was begun.
    public func startStream(
        status: Int,
        fields: [UInt8],
        first: ArraySlice<UInt8> = []
    ) async throws(IOError) {
        let framing = streamFraming(status)
        if case .untilClose = framing { keepsAlive = false }
        var head = startHead(status, fields)
        // RFC 9110, §9.3.2: HEAD is answered with the fields that GET would get.
        if reader.head.minorVersion == 1, status != 204, status != 304 { head.append("transfer-encoding: chunked\r\n") }
        head.appendHeadEnd()
        answer = .streaming(framing)
        append(first, to: &head, framing)
        try await send(head)
    }

    /// Sends a piece of a streamed body at once, and waits while the socket is full: that is the backpressure.
    ///
    /// - Throws: As ``respond(status:fields:body:)``.
    /// - Precondition: A stream was started and is not finished.
    public func write(_ bytes: ArraySlice<UInt8>) async throws(IOError) {
        try await write(bytes, isLast: false)
    }

    /// Sends a piece of a streamed body.
    public func write(_ bytes: [UInt8]) async throws(IOError) {
        try await write(bytes[...], isLast: false)
    }

    /// Sends a piece of a streamed body as far as the socket has room; what it has none for waits for ``drain()``.
    ///
    /// - Returns: Whether all of it went. If not, drain before anything else.
    /// - Throws: As ``respond(status:fields:body:)``.
    /// - Precondition: A stream was started and is not finished.
    public func writeAtOnce(_ bytes: [UInt8]) throws(IOError) -> Bool {
        try writeAtOnce(bytes[...], isLast: false)
    }

    /// Sends what ``writeAtOnce(_:)`` has left, and waits while the socket is full.
    ///
    /// - Throws: As ``respond(status:fields:body:)``.
    public func drain() async throws(IOError) {
        guard let rest = unsent else { return }
        unsent = nil
        try await send(rest)
    }

    /// Ends a streamed body, with its last piece if there is one.
    ///
    /// - Throws: As ``respond(status:fields:body:)``.
    /// - Precondition: A stream was started and is not finished.
    public func finish(_ last: ArraySlice<UInt8> = []) async throws(IOError) {
        try await write(last, isLast: true)
    }

    /// Resets the connection: a client that has read a part of the answer sees that it was cut.
    public func abort() {
        answer = .broken
        socket.close(resetting: true)
    }

    /// Asks the client for the body that it holds back: RFC 9110, §10.1.1.
    func sendContinue() async throws(IOError) {
        var head = serving.takeBuffer()
        head.append("HTTP/1.1 100 Continue\r\n\r\n")
        try await send(head)
    }
}
