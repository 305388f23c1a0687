internal import HTTP

/// A response as libcurl hands it over: header lines one by one, then the body, decoded.
struct CurlAnswer {
    private let settings: UpstreamSettings
    private let isToHEAD: Bool
    /// The lines of the present head.
    private var headBytes: [UInt8] = []
    private var informationalBytes = 0

    /// The last head that came.
    private(set) var head = ResponseHead()
    /// Whether the final head has come.
    private(set) var isHeadComplete = false
    /// What came of the body and was not read yet.
    private(set) var unreadBody: [UInt8] = []
    /// Bytes of the body.
    private(set) var bodyBytes = 0

    init(toHEAD isToHEAD: Bool, settings: UpstreamSettings) {
        self.isToHEAD = isToHEAD
        self.settings = settings
    }

    /// Takes one line, which the last one of a head is when it is empty.
    mutating func takeHeaderLine(_ line: UnsafeRawBufferPointer) throws(HTTPError) {
        guard !isHeadComplete else { return }  // a trailer
        if headBytes.isEmpty, line.starts(with: "HTTP/2 ".utf8) {
            headBytes.append(contentsOf: "HTTP/1.1 ".utf8)
            headBytes.append(contentsOf: line.dropFirst(7))
        } else {
            headBytes.append(contentsOf: line)
        }
        // One limit for all the heads together: a backend could send informational ones for ever.
        guard informationalBytes + headBytes.count <= settings.responseHeadBytesMax else {
            throw .headTooLarge(headBytesMax: settings.responseHeadBytesMax)
        }
        if line.count <= 2 { try finishHead() }
    }

    private mutating func finishHead() throws(HTTPError) {
        var parser = ResponseHeadParser(
            headBytesMax: settings.responseHeadBytesMax,
            headerCountMax: settings.responseHeaderCountMax
        )
        _ = try headBytes.withUnsafeBufferPointer { bytes throws(HTTPError) in
            try parser.parse(UnsafeRawBufferPointer(bytes), toHead: isToHEAD, into: &head)
        }
        informationalBytes += headBytes.count
        headBytes = []
        isHeadComplete = !head.isInformational
    }

    /// Takes a part of the body.
    mutating func takeBody(_ part: UnsafeRawBufferPointer) throws(HTTPError) {
        guard part.count <= settings.responseBodyBytesMax - bodyBytes else {
            throw .bodyTooLarge(bodyBytesMax: settings.responseBodyBytesMax)
        }
        unreadBody.append(contentsOf: part)
        bodyBytes += part.count
    }

    /// Moves what came of the body to `buffer`; whether there was any.
    mutating func moveUnreadBody(to buffer: inout [UInt8]) -> Bool {
        guard !unreadBody.isEmpty else { return false }
        if buffer.isEmpty { swap(&buffer, &unreadBody) } else { buffer.append(contentsOf: unreadBody) }
        unreadBody.removeAll(keepingCapacity: true)
        return true
    }
}
