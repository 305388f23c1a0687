/// Messages are written by appending their parts in order: start line, fields, ``appendHeadEnd()``, body.
///
/// Nothing that is passed in can end a line: in values control characters become spaces, in targets they are escaped.
extension [UInt8] {
    /// Appends `HTTP/1.1 status reason CRLF`.
    public mutating func appendStatusLine(_ status: Int) {
        if let line = statusLine(status) {
            append(line)
        } else {
            append("HTTP/1.1 ")
            appendDecimal(Swift.min(Swift.max(status, 100), 999))
            append(" \r\n")
        }
    }

    /// Appends `method target HTTP/1.1 CRLF`; characters that don't belong into a target are percent-encoded.
    public mutating func appendRequestLine(_ method: StaticString, target: String) {
        append(method)
        append(.space)
        for byte in target.utf8 {
            if ByteSet.target.contains(byte) {
                append(byte)
            } else {
                append(0x25)
                if byte < 16 { append(0x30) }
                appendHexadecimal(UInt64(byte))
            }
        }
        append(" HTTP/1.1\r\n")
    }

    /// Appends a field whose value is a literal.
    public mutating func appendField(_ name: StaticString, _ value: StaticString) {
        value.withUTF8Buffer { appendField(name, bytes: $0) }
    }

    /// Appends a field; control characters in `value` become spaces.
    public mutating func appendField(_ name: StaticString, text value: String) {
        var value = value
        value.withUTF8 { appendField(name, bytes: $0) }
    }

    /// Appends a field; control characters in `value` become spaces.
    public mutating func appendField(_ name: StaticString, _ value: ArraySlice<UInt8>) {
        value.withUnsafeBufferPointer { appendField(name, bytes: $0) }
    }

    /// Appends a field whose value is a number.
    public mutating func appendField(_ name: StaticString, _ value: Int) {
        append(name)
        append(": ")
        appendDecimal(value)
        append("\r\n")
    }

    /// Appends one field of another message.
    public mutating func appendField(_ field: HeaderFields.Element) {
        append(contentsOf: field.name)
        append(": ")
        append(contentsOf: field.value)
        append("\r\n")
    }

    /// Appends all of `fields`.
    public mutating func appendFields(_ fields: HeaderFields) {
        fields.block.withUnsafeBufferPointer { bytes in
            for entry in fields.entries {
                append(contentsOf: UnsafeBufferPointer(rebasing: bytes[entry.name.indices]))
                append(": ")
                append(contentsOf: UnsafeBufferPointer(rebasing: bytes[entry.value.indices]))
                append("\r\n")
            }
        }
    }

    /// Appends the empty line that ends a head.
    public mutating func appendHeadEnd() { append("\r\n") }

    /// Appends `data` as one chunk of a chunked body; nothing when it is empty, for an empty chunk would end the body.
    public mutating func appendChunk(_ data: ArraySlice<UInt8>) {
        guard !data.isEmpty else { return }
        appendHexadecimal(UInt64(data.count))
        append("\r\n")
        append(contentsOf: data)
        append("\r\n")
    }

    /// Appends the chunk that ends a chunked body, without trailers.
    public mutating func appendLastChunk() { append("0\r\n\r\n") }

    private mutating func appendField(_ name: StaticString, bytes value: UnsafeBufferPointer<UInt8>) {
        append(name)
        append(": ")
        appendFieldValue(value)
        append("\r\n")
    }

    /// Appends `value` with spaces for control characters but the tab: RFC 9110, §5.5.
    mutating func appendFieldValue(_ value: UnsafeBufferPointer<UInt8>) {
        let start = count
        append(contentsOf: value)
        guard let base = value.baseAddress else { return }
        var index = base.firstMatch(from: 0, to: value.count, where: controlCharacters)
        while index < value.count {
            if value[index] != .tab { self[start + index] = .space }
            index = base.firstMatch(from: index + 1, to: value.count, where: controlCharacters)
        }
    }
}

/// The whole status line of each status that a gateway is likely to send: RFC 9110, §15, and 529 of Anthropic's API.
private func statusLine(_ status: Int) -> StaticString? {
    switch status {
    case 100: "HTTP/1.1 100 Continue\r\n"
    case 200: "HTTP/1.1 200 OK\r\n"
    case 201: "HTTP/1.1 201 Created\r\n"
    case 202: "HTTP/1.1 202 Accepted\r\n"
    case 204: "HTTP/1.1 204 No Content\r\n"
    case 304: "HTTP/1.1 304 Not Modified\r\n"
    case 400: "HTTP/1.1 400 Bad Request\r\n"
    case 401: "HTTP/1.1 401 Unauthorized\r\n"
    case 402: "HTTP/1.1 402 Payment Required\r\n"
    case 403: "HTTP/1.1 403 Forbidden\r\n"
    case 404: "HTTP/1.1 404 Not Found\r\n"
    case 405: "HTTP/1.1 405 Method Not Allowed\r\n"
    case 406: "HTTP/1.1 406 Not Acceptable\r\n"
    case 408: "HTTP/1.1 408 Request Timeout\r\n"
    case 409: "HTTP/1.1 409 Conflict\r\n"
    case 411: "HTTP/1.1 411 Length Required\r\n"
    case 413: "HTTP/1.1 413 Content Too Large\r\n"
    case 414: "HTTP/1.1 414 URI Too Long\r\n"
    case 415: "HTTP/1.1 415 Unsupported Media Type\r\n"
    case 417: "HTTP/1.1 417 Expectation Failed\r\n"
    case 422: "HTTP/1.1 422 Unprocessable Content\r\n"
    case 429: "HTTP/1.1 429 Too Many Requests\r\n"
    case 431: "HTTP/1.1 431 Request Header Fields Too Large\r\n"
    case 499: "HTTP/1.1 499 Client Closed Request\r\n"
    case 500: "HTTP/1.1 500 Internal Server Error\r\n"
    case 501: "HTTP/1.1 501 Not Implemented\r\n"
    case 502: "HTTP/1.1 502 Bad Gateway\r\n"
    case 503: "HTTP/1.1 503 Service Unavailable\r\n"
    case 504: "HTTP/1.1 504 Gateway Timeout\r\n"
    case 505: "HTTP/1.1 505 HTTP Version Not Supported\r\n"
    case 529: "HTTP/1.1 529 Overloaded\r\n"
    default: nil
    }
}
