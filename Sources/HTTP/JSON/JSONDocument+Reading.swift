extension JSONDocument {
    /// The bytes of `value` as they stand in the text, quotes and brackets included.
    public func rawBytes(of value: JSONValue) -> ArraySlice<UInt8> { bytes[value.range] }

    /// The text of `value` without quotes and with its escapes resolved; `nil` if it isn't a string.
    ///
    /// - Throws: ``JSONError/Reason/loneSurrogate``: the grammar allows it, but it stands for no text.
    public func string(of value: JSONValue) throws(JSONError) -> String? {
        guard value.kind == .string else { return nil }
        return String(decoding: try content(of: value), as: UTF8.self)
    }

    /// The UTF-8 bytes of the text of `value`: a slice of ``bytes`` where it has no escapes; `nil` if it isn't a string.
    ///
    /// - Throws: ``JSONError/Reason/loneSurrogate``: the grammar allows it, but it stands for no text.
    public func stringBytes(of value: JSONValue) throws(JSONError) -> ArraySlice<UInt8>? {
        value.kind == .string ? try content(of: value) : nil
    }

    /// Whether `value` is a string with this text, however it is spelled.
    public func equals(_ value: JSONValue, _ text: StaticString) -> Bool {
        guard value.kind == .string else { return false }
        guard value.hasEscapes else {
            let content = value.range.lowerBound &+ 1..<value.range.upperBound &- 1
            return content.count == text.utf8CodeUnitCount && bytes[content].hasPrefix(text)
        }
        // A string with a lone surrogate stands for no text, so it equals none.
        guard let content = try? content(of: value) else { return false }
        return content.equals(text)
    }

    /// The number that `value` is; `nil` if it isn't a number, has a fraction or an exponent, or is beyond 64 bits.
    public func int(of value: JSONValue) -> Int? {
        guard value.kind == .number else { return nil }
        let digits = bytes[value.range]
        let isNegative = digits.first == 0x2D
        var number = 0
        for byte in isNegative ? digits.dropFirst() : digits {
            guard let digit = byte.decimalValue else { return nil }
            let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            // Counted down for negative numbers, whose range is one larger.
            let (sum, overflows) = tens.addingReportingOverflow(isNegative ? -Int(digit) : Int(digit))
            guard !isTooLarge, !overflows else { return nil }
            number = sum
        }
        return number
    }

    /// The number that `value` is, to the nearest `Double`; `nil` if it isn't a number or is beyond that type's range.
    public func double(of value: JSONValue) -> Double? {
        guard value.kind == .number else { return nil }
        guard let number = Double(String(decoding: bytes[value.range], as: UTF8.self)), number.isFinite else {
            return nil
        }
        return number
    }

    /// Whether `value` is `true`; `nil` if it is neither `true` nor `false`.
    public func bool(of value: JSONValue) -> Bool? {
        value.kind == .bool ? bytes[value.range].first == 0x74 : nil
    }

    /// The bytes between the quotes with their escapes resolved.
    func content(of string: JSONValue) throws(JSONError) -> ArraySlice<UInt8> {
        let quoted = bytes[string.range]
        let content = quoted.dropFirst().dropLast()
        guard string.hasEscapes else { return content }
        var resolved: [UInt8] = []
        resolved.reserveCapacity(content.count)
        var index = content.startIndex
        while index < content.endIndex {
            let escape = content[index...].firstIndex(of: .backslash) ?? content.endIndex
            resolved.append(contentsOf: content[index..<escape])
            guard escape < content.endIndex else { break }
            index = try appendEscape(at: escape, to: &resolved)
        }
        return resolved[...]
    }

    /// Resolves the escape at `start`, which is known to be well-formed, and returns the index after it.
    private func appendEscape(at start: Int, to text: inout [UInt8]) throws(JSONError) -> Int {
        switch bytes[start + 1] {
        case 0x62: text.append(0x08)
        case 0x66: text.append(0x0C)
        case 0x6E: text.append(.lineFeed)
        case 0x72: text.append(.carriageReturn)
        case 0x74: text.append(.tab)
        case 0x75:
            let first = codeUnit(at: start + 2)
            var units = [first]
            if UTF16.isLeadSurrogate(first), bytes[start + 6] == .backslash, bytes[start + 7] == 0x75 {
                units.append(codeUnit(at: start + 8))
            }
            guard let scalar = UTF16.scalar(of: units) else {
                throw JSONError(.loneSurrogate, at: start - bytes.startIndex)
            }
            text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            return start + 6 * units.count
        case let other: text.append(other)
        }
        return start + 2
    }

    /// Four hexadecimal digits.
    private func codeUnit(at start: Int) -> UInt16 {
        bytes[start..<start + 4].reduce(0) { $0 << 4 | UInt16($1.hexadecimalValue ?? 0) }
    }
}

extension UTF16 {
    /// The scalar that one or two code units stand for, if they stand for exactly one.
    fileprivate static func scalar(of units: [UInt16]) -> Unicode.Scalar? {
        if units.count == 1 { return Unicode.Scalar(units[0]) }
        guard units.count == 2, isLeadSurrogate(units[0]), isTrailSurrogate(units[1]) else { return nil }
        return Unicode.Scalar(0x10000 + (UInt32(units[0] & 0x3FF) << 10) + UInt32(units[1] & 0x3FF))
    }
}
