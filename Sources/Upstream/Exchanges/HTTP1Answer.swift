internal import HTTP

/// A response on an HTTP/1.1 connection, as far as it has come: bytes in, head and body out, no I/O.
///
/// States: heads (informational ones, then the final one) → body → complete. After an error it is of no more use.
struct HTTP1Answer {
    private let settings: UpstreamSettings
    private let isToHEAD: Bool
    private var parser: ResponseHeadParser
    /// A head that is not whole yet.
    private var partialHead: [UInt8] = []
    private var informationalBytes = 0
    private var decoder: BodyDecoder?
    /// The start of the body, decoded, that came with the head.
    private var unreadBody: [UInt8] = []

    /// The last head that came.
    private(set) var head = ResponseHead()
    /// Bytes of the body, decoded.
    private(set) var bodyBytes = 0
    /// Whether bytes came after the body: then nothing on the connection can be trusted.
    private(set) var hasExcess = false

    init(toHEAD isToHEAD: Bool, settings: UpstreamSettings) {
        self.settings = settings
        self.isToHEAD = isToHEAD
        parser = ResponseHeadParser(
            headBytesMax: settings.responseHeadBytesMax,
            headerCountMax: settings.responseHeaderCountMax
        )
    }

    /// Whether the body has come as a whole.
    var isComplete: Bool { decoder?.isComplete ?? false }

    /// Takes in what came before the final head was whole; whether it is now.
    mutating func takeHead(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Bool {
        guard !partialHead.isEmpty else { return try parseHeads(bytes) }
        var whole: [UInt8] = []
        swap(&whole, &partialHead)
        whole.append(contentsOf: bytes)
        return try whole.withUnsafeBufferPointer { whole throws(HTTPError) in
            try parseHeads(UnsafeRawBufferPointer(whole))
        }
    }

    private mutating func parseHeads(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Bool {
        var rest = bytes
        while !rest.isEmpty, let count = try parser.parse(rest, toHead: isToHEAD, into: &head) {
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            guard head.isInformational else {
                try startBody(rest)
                return true
            }
            // One limit for all of them together: a backend could go on for ever.
            informationalBytes += count
            guard informationalBytes <= settings.responseHeadBytesMax else {
                throw .headTooLarge(headBytesMax: settings.responseHeadBytesMax)
            }
        }
        partialHead.append(contentsOf: rest)
        return false
    }

    private mutating func startBody(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) {
        decoder = try BodyDecoder(
            head.framing,
            bodyBytesMax: settings.responseBodyBytesMax,
            overheadBytesMax: settings.chunkOverheadBytesMax
        )
        var body: [UInt8] = []
        try takeBody(bytes, into: &body)
        unreadBody = body
    }

    /// Decodes what came of the body, and appends it to `buffer`.
    mutating func takeBody(_ bytes: UnsafeRawBufferPointer, into buffer: inout [UInt8]) throws(HTTPError) {
        let start = buffer.count
        let used = try decoder?.decode(bytes, into: &buffer) ?? 0
        bodyBytes += buffer.count - start
        hasExcess = hasExcess || used < bytes.count
    }

    /// Says that the backend closed the connection, which is the end of some bodies and an error in others.
    mutating func takeEnd() throws(HTTPError) { try decoder?.finishAtClose() }

    /// Moves the start of the body that came with the head to `buffer`; whether there was any.
    mutating func moveUnreadBody(to buffer: inout [UInt8]) -> Bool {
        guard !unreadBody.isEmpty else { return false }
        if buffer.isEmpty { swap(&buffer, &unreadBody) } else { buffer.append(contentsOf: unreadBody) }
        unreadBody = []
        return true
    }
}
