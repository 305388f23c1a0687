internal import Domain

/// A value for a place in a statement.
enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
    case id(RequestID)

    /// The text, or NULL.
    static func optional(_ text: String?) -> SQLValue { text.map(SQLValue.text) ?? .null }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral integer: Int64) { self = .integer(integer) }
}

/// A row's columns as values, for statements that are not worth a path of their own.
struct ValueSink: ColumnSink {
    private(set) var values: [SQLValue] = []

    mutating func null() { values.append(.null) }
    mutating func integer(_ value: Int64) { values.append(.integer(value)) }
    mutating func real(_ value: Double) { values.append(.real(value)) }
    mutating func text(_ value: String) { values.append(.text(value)) }
    mutating func text(utf8 value: [UInt8]) { values.append(.text(String(decoding: value, as: UTF8.self))) }
    mutating func blob(_ value: RequestID) { values.append(.id(value)) }
    mutating func blob(_ value: [UInt8]) { values.append(.blob(value)) }
}
