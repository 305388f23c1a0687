/// Parses response heads: HTTP/1.0 and HTTP/1.1 by RFC 9112.
///
/// As strict as ``RequestHeadParser``, but where the RFC lets a client be lenient and real servers need it: the reason
/// phrase may lack with its space (§4), equal lengths may be repeated (§6.3), and a field that is folded over several
/// lines is joined with spaces (§5.2).
public struct ResponseHeadParser: Sendable {
    private var boundary: HeadBoundary
    private let lines: FieldLines
    private var unfolded: [UInt8] = []

    /// A parser for one connection.
    ///
    /// - Parameters:
    ///   - headBytesMax: Status line and fields together, up to and with the empty line; at most 1 GiB.
    ///   - headerCountMax: Fields at most.
    public init(headBytesMax: Int, headerCountMax: Int) {
        boundary = HeadBoundary(bytesMax: headBytesMax)
        lines = FieldLines(countMax: headerCountMax)
    }

    /// Parses the head at the start of `bytes` into `head`, whose memory is used again.
    ///
    /// A head with ``ResponseHead/isInformational`` is not the answer yet: drop its bytes and parse the next one.
    ///
    /// - Parameters:
    ///   - bytes: All bytes since the last message ended; after a `nil`, the same bytes and more.
    ///   - toHead: Whether the request's method was `HEAD`: then no body comes, whatever the fields say.
    ///   - head: Filled in.
    /// - Returns: How many bytes the head took; `nil` when it isn't there as a whole yet.
    /// - Throws: ``HTTPError``; `head` is then of no use.
    public mutating func parse(
        _ bytes: UnsafeRawBufferPointer,
        toHead: Bool,
        into head: inout ResponseHead
    ) throws(HTTPError) -> Int? {
        let bytes = bytes.assumingMemoryBound(to: UInt8.self)
        guard let first = bytes.first else { return nil }
        guard first == 0x48 else { throw .malformedStatusLine }
        guard let end = try boundary.end(in: bytes, from: 0) else { return nil }

        let whole = UnsafeBufferPointer(rebasing: bytes[..<end])
        do {
            try parse(whole, toHead: toHead, into: &head)
        } catch {
            guard error == .foldedField else { throw error }
            unfold(whole)
            try parse(unfolded, toHead: toHead, into: &head)
        }
        return end
    }

    /// Copies `head` to ``unfolded``, with the line ends inside of fields made spaces.
    private mutating func unfold(_ head: UnsafeBufferPointer<UInt8>) {
        unfolded.removeAll(keepingCapacity: true)
        unfolded.append(contentsOf: head)
        // The status line can't be folded: the first line end stays.
        let statusEnd = head.firstIndex(of: .lineFeed) ?? head.endIndex
        for index in head.indices.dropLast(2)
        where index > statusEnd && head[index + 1] == .lineFeed && head[index + 2].isBlank {
            unfolded[index] = .space
            unfolded[index + 1] = .space
        }
    }

    private func parse(_ bytes: [UInt8], toHead: Bool, into head: inout ResponseHead) throws(HTTPError) {
        try bytes.withUnsafeBufferPointer { bytes throws(HTTPError) in
            try parse(bytes, toHead: toHead, into: &head)
        }
    }

    private func parse(
        _ bytes: UnsafeBufferPointer<UInt8>,
        toHead: Bool,
        into head: inout ResponseHead
    ) throws(HTTPError) {
        guard let base = bytes.baseAddress else { throw .malformedStatusLine }
        head.removeAll()
        head.fields.block.append(contentsOf: bytes)
        let lastLine = bytes.count - 2
        let fieldStart = try parseStatusLine(base, limit: lastLine, into: &head)

        var framing = FramingFields(isLenient: true)
        try lines.read(base, from: fieldStart, to: lastLine, into: &head.fields, framing: &framing)
        guard head.minorVersion == 1 || !framing.isChunked else { throw .transferEncodingBeforeHTTP11 }
        guard head.status != 101 else { throw .protocolSwitched }
        head.framing =
            if toHead || head.isInformational || head.status == 204 || head.status == 304 {
                .none
            } else if framing.isChunked {
                .chunked
            } else {
                framing.contentLength.map { .length($0) } ?? .untilClose
            }
        head.keepsAlive = framing.keepsAlive(minorVersion: head.minorVersion) && head.framing != .untilClose
    }

    /// Parses `HTTP-version SP status [SP reason] CRLF` and returns the index after it.
    private func parseStatusLine(
        _ bytes: UnsafePointer<UInt8>,
        limit: Int,
        into head: inout ResponseHead
    ) throws(HTTPError) -> Int {
        // "HTTP/1.1 200" and its CRLF.
        guard 12 < limit, UnsafeBufferPointer(start: bytes, count: 5).hasPrefix("HTTP/"),
            let major = bytes[5].decimalValue, bytes[6] == 0x2E, let minor = bytes[7].decimalValue,
            bytes[8] == .space, let hundreds = bytes[9].decimalValue, let tens = bytes[10].decimalValue,
            let ones = bytes[11].decimalValue, bytes[12] == .space || bytes[12] == .carriageReturn, hundreds > 0
        else { throw .malformedStatusLine }
        guard major == 1, minor <= 1 else { throw .unsupportedVersion }
        head.minorVersion = Int(minor)
        head.status = Int(hundreds) * 100 + Int(tens) * 10 + Int(ones)
        let end = try lines.endOfLine(bytes, from: 12, limit: limit)
        head.reasonRange = ByteRange(start: min(13, end), end: end)
        return end + 2
    }
}
