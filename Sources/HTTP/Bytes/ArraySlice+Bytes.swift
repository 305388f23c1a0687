import Glibc

extension ArraySlice<UInt8> {
    /// Whether these are exactly the bytes of `text`.
    public func equals(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && hasPrefix(text) }

    /// Whether these are the bytes of `text`, but for the case of ASCII letters.
    public func equalsIgnoringCase(_ text: StaticString) -> Bool {
        withUnsafeBufferPointer { bytes in text.withUTF8Buffer { bytes.equalsIgnoringCase($0) } }
    }

    /// Whether the first bytes are those of `text`.
    public func hasPrefix(_ text: StaticString) -> Bool {
        withUnsafeBufferPointer { bytes in text.withUTF8Buffer { bytes.hasPrefix($0) } }
    }

    /// Whether the last bytes are those of `text`.
    public func hasSuffix(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && self[(endIndex - text.utf8CodeUnitCount)...].hasPrefix(text)
    }
}

extension ArraySlice<UInt8> {
    /// Whether the first bytes are those of `other`.
    public func hasPrefix(_ other: ArraySlice<UInt8>) -> Bool {
        withUnsafeBufferPointer { bytes in other.withUnsafeBufferPointer { bytes.hasPrefix($0) } }
    }

    /// Whether the last bytes are those of `other`.
    public func hasSuffix(_ other: ArraySlice<UInt8>) -> Bool {
        count >= other.count && self[(endIndex - other.count)...].hasPrefix(other)
    }

    /// Whether these bytes are one JSON string, its quotes included: what stands in their place in a JSON text can be
    /// exchanged for them.
    public var isJSONString: Bool { JSONScanner.isString(self) }
}

extension UnsafeBufferPointer<UInt8> {
    func hasPrefix(_ prefix: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = prefix.baseAddress, prefix.count > 0 else { return true }
        guard let own = baseAddress, count >= prefix.count else { return false }
        return memcmp(own, base, prefix.count) == 0
    }

    func hasPrefix(_ text: StaticString) -> Bool { text.withUTF8Buffer { hasPrefix($0) } }

    /// Compares by ASCII letters without regard to case, and by all other bytes exactly.
    func equalsIgnoringCase(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count {
            let difference = self[index] ^ other[index]
            guard difference == 0 || (difference == 0x20 && (self[index] | 0x20) &- 0x61 < 26) else { return false }
        }
        return true
    }

    func equalsIgnoringCase(_ text: StaticString) -> Bool { text.withUTF8Buffer { equalsIgnoringCase($0) } }

    /// Without spaces and tabs at both ends.
    var trimmed: UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = count
        while start < end, self[start].isBlank { start &+= 1 }
        while end > start, self[end &- 1].isBlank { end &-= 1 }
        return UnsafeBufferPointer(rebasing: self[start..<end])
    }

    /// Calls `body` with each element of a comma-separated list, RFC 9110, §5.6.1; empty elements are left out.
    func forEachListElement(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var start = 0
        for index in 0...count where index == count || self[index] == .comma {
            let element = UnsafeBufferPointer(rebasing: self[start..<index]).trimmed
            if element.count > 0 { body(element) }
            start = index &+ 1
        }
    }
}
