/// Writes JSON by appending to bytes: commas are set where they are needed, strings are escaped.
///
/// What it can't check is the order of calls: a key before each value in objects and nowhere else, and brackets that match.
public struct JSONWriter: Sendable {
    /// The text so far.
    public private(set) var bytes: [UInt8]
    private var needsComma = false

    /// An empty text; `bytes` are used for it, so that memory can be used again.
    public init(reusing bytes: [UInt8] = []) {
        self.bytes = bytes
        self.bytes.removeAll(keepingCapacity: true)
        self.bytes.reserveCapacity(256)
    }

    /// Writes an object whose members `body` writes.
    public mutating func object<Failure: Error>(_ body: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        open(.openBrace)
        try body(&self)
        close(.closeBrace)
    }

    /// Writes an array whose elements `body` writes.
    public mutating func array<Failure: Error>(_ body: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        open(.openBracket)
        try body(&self)
        close(.closeBracket)
    }

    /// Writes a key that needs no escapes; the next call writes its value.
    public mutating func key(_ key: StaticString) {
        separate()
        bytes.append(.quote)
        bytes.append(key)
        bytes.append(.quote)
        bytes.append(.colon)
        needsComma = false
    }

    /// Writes a key; the next call writes its value.
    public mutating func key(named key: String) {
        separate()
        bytes.appendJSONString(key)
        bytes.append(.colon)
        needsComma = false
    }

    /// Writes a string.
    public mutating func value(_ string: String) {
        separate()
        bytes.appendJSONString(string)
    }

    /// Writes an integer.
    public mutating func value(_ number: Int) {
        separate()
        bytes.appendDecimal(number)
    }

    /// Writes the shortest text that reads back as the same number; `null` for what JSON can't hold, infinities and NaN.
    public mutating func value(_ number: Double) {
        separate()
        if number.isFinite {
            bytes.append(contentsOf: number.description.utf8)
        } else {
            bytes.append("null")
        }
    }

    /// Writes `true` or `false`.
    public mutating func value(_ bool: Bool) { raw(bool ? "true" : "false") }

    /// Writes `null`.
    public mutating func null() { raw("null") }

    /// Writes a literal that is JSON already.
    public mutating func raw(_ json: StaticString) {
        separate()
        bytes.append(json)
    }

    /// Writes a text that is JSON already.
    public mutating func raw(_ json: ArraySlice<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    private mutating func separate() {
        if needsComma { bytes.append(.comma) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }
}

extension JSONWriter {
    /// Writes a member that is a string.
    public mutating func member(_ key: StaticString, _ value: String) {
        self.key(key)
        self.value(value)
    }

    /// Writes a member that is a string, or `null` for `nil`.
    public mutating func member(_ key: StaticString, _ value: String?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }

    /// Writes a member that is an integer.
    public mutating func member(_ key: StaticString, _ value: Int) {
        self.key(key)
        self.value(value)
    }

    /// Writes a member that is a number; `null` for infinities and NaN.
    public mutating func member(_ key: StaticString, _ value: Double) {
        self.key(key)
        self.value(value)
    }

    /// Writes a member that is `true` or `false`.
    public mutating func member(_ key: StaticString, _ value: Bool) {
        self.key(key)
        self.value(value)
    }

    /// Writes a member whose value is JSON already.
    public mutating func member(_ key: StaticString, raw value: ArraySlice<UInt8>) {
        self.key(key)
        raw(value)
    }

    /// Writes a member that is an object, whose members `body` writes.
    public mutating func object<Failure: Error>(
        _ key: StaticString,
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        self.key(key)
        try object(body)
    }

    /// Writes a member that is an array, whose elements `body` writes.
    public mutating func array<Failure: Error>(
        _ key: StaticString,
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        self.key(key)
        try array(body)
    }
}

extension [UInt8] {
    /// Appends `text` as a JSON string: quoted, with quotes, backslashes and control characters escaped.
    public mutating func appendJSONString(_ text: String) {
        var text = text
        text.withUTF8 { appendJSONString($0) }
    }

    /// - Parameter text: UTF-8.
    fileprivate mutating func appendJSONString(_ text: UnsafeBufferPointer<UInt8>) {
        append(.quote)
        defer { append(.quote) }
        guard let base = text.baseAddress else { return }
        var index = 0
        while true {
            let stop = base.firstMatch(from: index, to: text.count, where: escapedCharacters)
            append(contentsOf: UnsafeBufferPointer(rebasing: text[index..<stop]))
            guard stop < text.count else { return }
            appendEscaped(text[stop])
            index = stop + 1
        }
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        append(.backslash)
        switch byte {
        case .quote, .backslash: append(byte)
        case .lineFeed: append(0x6E)
        case .carriageReturn: append(0x72)
        case .tab: append(0x74)
        default:
            append(byte < 0x10 ? "u000" : "u00")
            appendHexadecimal(UInt64(byte))
        }
    }
}
