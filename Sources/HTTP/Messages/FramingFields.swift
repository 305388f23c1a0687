/// What a message's fields say about its framing and its connection: RFC 9112, §6 and §9.
struct FramingFields {
    /// What a response may do and a request may not.
    let isLenient: Bool
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var hostCount = 0
    private(set) var expectsContinue = false
    private var closes = false
    private var keepsAlive = false

    init(isLenient: Bool) { self.isLenient = isLenient }

    /// Whether the connection may be used again after a message of HTTP/1.`minorVersion`: RFC 9112, §9.3.
    func keepsAlive(minorVersion: Int) -> Bool { !closes && (minorVersion >= 1 || keepsAlive) }

    @inline(__always)
    mutating func note(
        name: UnsafeBufferPointer<UInt8>,
        value: UnsafeBufferPointer<UInt8>
    ) throws(HTTPError) {
        switch name.count {
        case 4: if name.equalsIgnoringCase("host") { try noteHost(value) }
        case 6: if name.equalsIgnoringCase("expect") { try noteExpect(value) }
        case 10: if name.equalsIgnoringCase("connection") { noteConnection(value) }
        case 14: if name.equalsIgnoringCase("content-length") { try noteContentLength(value) }
        case 17: if name.equalsIgnoringCase("transfer-encoding") { try noteTransferEncoding(value) }
        default: break
        }
    }

    private mutating func noteHost(_ value: UnsafeBufferPointer<UInt8>) throws(HTTPError) {
        hostCount += 1
        guard !isLenient else { return }
        guard hostCount == 1 else { throw .repeatedHost }
        guard value.isHost else { throw .invalidHost }
    }

    private mutating func noteExpect(_ value: UnsafeBufferPointer<UInt8>) throws(HTTPError) {
        guard !isLenient else { return }
        guard value.equalsIgnoringCase("100-continue") else { throw .unknownExpectation }
        expectsContinue = true
    }

    private mutating func noteConnection(_ value: UnsafeBufferPointer<UInt8>) {
        var (closes, keepsAlive) = (closes, keepsAlive)
        value.forEachListElement { option in
            closes = closes || option.equalsIgnoringCase("close")
            keepsAlive = keepsAlive || option.equalsIgnoringCase("keep-alive")
        }
        (self.closes, self.keepsAlive) = (closes, keepsAlive)
    }

    private mutating func noteContentLength(_ value: UnsafeBufferPointer<UInt8>) throws(HTTPError) {
        guard !isChunked else { throw .lengthWithTransferEncoding }
        let length = try decimal(value)
        if let contentLength {
            // RFC 9112, §6.3: a client may take lengths that are repeated and equal.
            guard isLenient, length == contentLength else { throw .repeatedContentLength }
        }
        contentLength = length
    }

    private mutating func noteTransferEncoding(_ value: UnsafeBufferPointer<UInt8>) throws(HTTPError) {
        guard contentLength == nil else { throw .lengthWithTransferEncoding }
        guard !isChunked else { throw .repeatedTransferEncoding }
        guard value.equalsIgnoringCase("chunked") else { throw .unsupportedTransferCoding }
        isChunked = true
    }

    private func decimal(_ digits: UnsafeBufferPointer<UInt8>) throws(HTTPError) -> Int {
        guard digits.count > 0 else { throw .invalidContentLength }
        var number = 0
        for byte in digits {
            guard let digit = byte.decimalValue else { throw .invalidContentLength }
            let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tens.addingReportingOverflow(Int(digit))
            guard !isTooLarge, !overflows else { throw .invalidContentLength }
            number = sum
        }
        return number
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether this is `uri-host [":" port]` by RFC 9110, §7.2; empty is, as it is in that grammar.
    var isHost: Bool {
        guard allSatisfy({ ByteSet.host.contains($0) }) else { return false }
        let isLiteral = first == 0x5B
        let end = isLiteral ? firstIndex(of: 0x5D).map { $0 + 1 } : firstIndex(of: .colon) ?? count
        guard let end else { return false }
        let name = isLiteral ? self[1..<end - 1] : self[..<end]
        guard !name.contains(where: { $0 == 0x5B || $0 == 0x5D }), isLiteral ? !name.isEmpty : true else {
            return false
        }
        let port = self[end...]
        return port.isEmpty || (port.first == .colon && port.dropFirst().allSatisfy { $0.decimalValue != nil })
    }
}
