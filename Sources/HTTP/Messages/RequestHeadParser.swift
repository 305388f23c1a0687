/// Parses request heads: HTTP/1.0 and HTTP/1.1 by RFC 9112, to the letter.
///
/// One parser serves one connection. Call it with all bytes that have come since the last head (or body) ended; when it
/// wants more, call it again with the same bytes and more behind them. After an error the connection must be closed.
public struct RequestHeadParser: Sendable {
    private var boundary: HeadBoundary
    private let lines: FieldLines

    /// A parser for one connection.
    ///
    /// - Parameters:
    ///   - headBytesMax: Request line and fields together, up to and with the empty line; at most 1 GiB.
    ///   - headerCountMax: Fields at most.
    public init(headBytesMax: Int, headerCountMax: Int) {
        boundary = HeadBoundary(bytesMax: headBytesMax)
        lines = FieldLines(countMax: headerCountMax)
    }

    /// Parses the head at the start of `bytes` into `head`, whose memory is used again.
    ///
    /// - Returns: How many bytes the head took, with one empty line before it if there was one (RFC 9112, §2.2); `nil`
    ///   when it isn't there as a whole yet.
    /// - Throws: ``HTTPError``; `head` is then of no use.
    public mutating func parse(
        _ bytes: UnsafeRawBufferPointer,
        into head: inout RequestHead
    ) throws(HTTPError) -> Int? {
        let bytes = bytes.assumingMemoryBound(to: UInt8.self)
        guard let base = bytes.baseAddress, let start = try start(of: bytes) else { return nil }
        guard let end = try boundary.end(in: bytes, from: start) else { return nil }
        try parse(base + start, count: end - start, into: &head)
        return end
    }

    /// Where the head starts: after at most one empty line.
    private func start(of bytes: UnsafeBufferPointer<UInt8>) throws(HTTPError) -> Int? {
        var start = 0
        if bytes.first == .carriageReturn {
            guard bytes.count > 1 else { return nil }
            guard bytes[1] == .lineFeed else { throw .malformedRequestLine }
            start = 2
        }
        guard bytes.count > start else { return nil }
        // Says at once that this isn't HTTP, such as a TLS handshake, whose head would never end.
        guard ByteSet.token.contains(bytes[start]) else { throw .malformedRequestLine }
        return start
    }

    private func parse(
        _ bytes: UnsafePointer<UInt8>,
        count: Int,
        into head: inout RequestHead
    ) throws(HTTPError) {
        head.removeAll()
        head.fields.block.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
        let lastLine = count - 2
        let fieldStart = try parseRequestLine(bytes, limit: lastLine, into: &head)

        var framing = FramingFields(isLenient: false)
        try lines.read(bytes, from: fieldStart, to: lastLine, into: &head.fields, framing: &framing)
        guard head.minorVersion == 0 || framing.hostCount == 1 else { throw .missingHost }
        guard head.minorVersion == 1 || !framing.isChunked else { throw .transferEncodingBeforeHTTP11 }
        head.framing = framing.isChunked ? .chunked : framing.contentLength.map { .length($0) } ?? .none
        head.keepsAlive = framing.keepsAlive(minorVersion: head.minorVersion)
        // RFC 9110, §10.1.1: ignored before HTTP/1.1, and pointless where no body will come.
        let hasBody = head.framing != .none && head.framing != .length(0)
        head.expectsContinue = framing.expectsContinue && head.minorVersion == 1 && hasBody
    }

    /// Parses `method SP target SP HTTP-version CRLF` and returns the index after it.
    private func parseRequestLine(
        _ bytes: UnsafePointer<UInt8>,
        limit: Int,
        into head: inout RequestHead
    ) throws(HTTPError) -> Int {
        var index = 0
        while ByteSet.token.contains(bytes[index]) { index += 1 }
        guard index > 0, bytes[index] == .space else { throw .malformedRequestLine }
        let method = UnsafeBufferPointer(start: bytes, count: index)
        head.method = Method(method)
        head.methodRange = ByteRange(start: 0, end: index)
        if head.method == .other, index == 7, method.hasPrefix("CONNECT") { throw .connectRefused }

        let targetStart = index + 1
        index = targetStart
        while ByteSet.absoluteTarget.contains(bytes[index]) { index += 1 }
        guard index > targetStart, bytes[index] == .space else {
            throw bytes[index] == .space || bytes[index] == .carriageReturn ? .malformedRequestLine : .invalidTarget
        }
        let targetEnd = index

        // "HTTP/1.1" and its CRLF; the head is known to go on for one more empty line.
        let version = index + 1
        guard version + 8 < limit, UnsafeBufferPointer(start: bytes + version, count: 5).hasPrefix("HTTP/"),
            let major = bytes[version + 5].decimalValue, bytes[version + 6] == 0x2E,
            let minor = bytes[version + 7].decimalValue, bytes[version + 8] == .carriageReturn,
            bytes[version + 9] == .lineFeed
        else { throw .malformedRequestLine }
        guard major == 1, minor <= 1 else { throw .unsupportedVersion }
        head.minorVersion = Int(minor)
        try head.setTarget(targetStart..<targetEnd)
        return version + 10
    }
}
