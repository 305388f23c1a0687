/// What a JSON value is, and where it is in its document; read it through ``JSONDocument``.
public struct JSONValue: Hashable, Sendable {
    /// The kinds of JSON values.
    public enum Kind: Hashable, Sendable {
        /// `{…}`
        case object
        /// `[…]`
        case array
        /// `"…"`
        case string
        /// `-1.5e3`
        case number
        /// `true` or `false`
        case bool
        /// `null`
        case null
    }

    /// What it is.
    public let kind: Kind
    /// Its first byte to its last, quotes and brackets included: indices of ``JSONDocument/bytes``.
    public let range: Range<Int>
    /// Whether it is a string with a backslash in it.
    let hasEscapes: Bool

    /// Whether it is `null`.
    public var isNull: Bool { kind == .null }
}

/// One `"key": value` of an object.
public struct JSONMember: Hashable, Sendable {
    /// The key, a string.
    public let key: JSONValue
    /// The value.
    public let value: JSONValue
}
