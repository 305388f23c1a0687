extension RequestHead {
    /// Takes the target apart, of which only the characters are known to be valid: RFC 9112, §3.2.
    mutating func setTarget(_ target: Range<Int>) throws(HTTPError) {
        targetRange = ByteRange(start: target.lowerBound, end: target.upperBound)
        let bytes = targetBytes
        guard hasValidEscapes(bytes) else { throw .invalidTarget }
        if bytes.equals("*") {
            guard method == .options else { throw .invalidTarget }
            pathRange = targetRange
            queryRange = nil
            return
        }
        let pathStart = bytes.first == 0x2F ? target.lowerBound : try endOfAuthority(bytes)
        guard !bytes[pathStart...].contains(where: { $0 == 0x5B || $0 == 0x5D }) else { throw .invalidTarget }
        let pathEnd = bytes[pathStart...].firstIndex(of: 0x3F) ?? target.upperBound
        queryRange = pathEnd < target.upperBound ? ByteRange(start: pathEnd + 1, end: target.upperBound) : nil
        pathRange = ByteRange(start: pathStart, end: pathEnd)
        if pathStart == pathEnd {
            // `http://host` names the path "/", which isn't in the target.
            pathRange = ByteRange(start: fields.block.count, end: fields.block.count + 1)
            fields.block.append(0x2F)
        }
    }

    /// The end of `http://authority` or `https://authority`, and no other start.
    private func endOfAuthority(_ target: ArraySlice<UInt8>) throws(HTTPError) -> Int {
        let isHTTP = target.prefix(7).equalsIgnoringCase("http://")
        guard isHTTP || target.prefix(8).equalsIgnoringCase("https://") else { throw .invalidTarget }
        let start = target.startIndex + (isHTTP ? 7 : 8)
        let end = target[start...].firstIndex { $0 == 0x2F || $0 == 0x3F } ?? target.endIndex
        // RFC 9110, §4.2.4: user information is a way to hide the true host; no host has an @.
        guard end > start, target[start..<end].withUnsafeBufferPointer(\.isHost) else { throw .invalidTarget }
        return end
    }

    private func hasValidEscapes(_ target: ArraySlice<UInt8>) -> Bool {
        var rest = target
        while let percent = rest.firstIndex(of: 0x25) {
            let digits = rest[(percent + 1)...].prefix(2)
            guard digits.count == 2, digits.allSatisfy({ $0.hexadecimalValue != nil }) else { return false }
            rest = rest[(percent + 3)...]
        }
        return true
    }
}
