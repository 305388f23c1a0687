internal import Domain

/// Rows in the text format of PostgreSQL's COPY: tabs between columns, `\N` for NULL, a newline behind each row.
struct CopyEncoder: ColumnSink {
    private(set) var bytes: [UInt8] = []
    private(set) var rowCount = 0

    /// Ends a row.
    mutating func endRow() {
        // In place of the last column's tab.
        bytes[bytes.count - 1] = UInt8(ascii: "\n")
        rowCount += 1
    }

    mutating func null() { bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "N"), UInt8(ascii: "\t")]) }

    mutating func integer(_ value: Int64) {
        bytes.append(contentsOf: "\(value)".utf8)
        endColumn()
    }

    mutating func real(_ value: Double) {
        guard !value.isNaN else { return null() }
        bytes.append(contentsOf: "\(value)".utf8)
        endColumn()
    }

    mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { escape($0) }
        endColumn()
    }

    mutating func text(utf8 value: [UInt8]) {
        value.withUnsafeBufferPointer { escape($0) }
        endColumn()
    }

    mutating func blob(_ value: RequestID) {
        value.append(to: &bytes)
        endColumn()
    }

    mutating func blob(_ value: [UInt8]) {
        bytes.append(contentsOf: #"\\x"#.utf8)
        for byte in value {
            for nibble in [byte >> 4, byte & 15] {
                bytes.append(nibble + (nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
            }
        }
        endColumn()
    }

    private mutating func endColumn() { bytes.append(UInt8(ascii: "\t")) }

    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        // Mostly there is nothing to escape, and what is plain goes over in one piece.
        var start = 0
        for index in text.indices where text[index] == UInt8(ascii: "\\") || text[index] < 0x20 {
            let escape: StaticString
            switch text[index] {
            case UInt8(ascii: "\\"): escape = #"\\"#
            case UInt8(ascii: "\t"): escape = #"\t"#
            case UInt8(ascii: "\n"): escape = #"\n"#
            case UInt8(ascii: "\r"): escape = #"\r"#
            // PostgreSQL's texts hold every character but this one.
            case 0: escape = "\u{fffd}"
            default: continue
            }
            bytes.append(contentsOf: text[start..<index])
            escape.withUTF8Buffer { bytes.append(contentsOf: $0) }
            start = index + 1
        }
        bytes.append(contentsOf: text[start...])
    }
}
