/// What a JSON value is, and where it is in its document; read it through ``JSONDocument``.
public struct JSONValue: Hashable, Sendable {
    /// The kinds of JSON values.
    public enum Kind: UInt8, Hashable, Sendable {
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
    /// Whether it is a string with a backslash in it.
    let hasEscapes: Bool
    /// Its place among the document's nodes.
    let index: Int
    /// Its first byte to its last, quotes and brackets included: indices of ``JSONDocument/bytes``.
    public let range: Range<Int>

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

/// A value or a key as a document remembers it: 16 bytes, in the order of the text.
///
/// An object is followed by its keys and values in turn, an array by its elements; `next` is where what follows the value
/// begins, so that a walk passes over what it does not look into.
struct JSONNode: Sendable {
    /// Bytes of the text before it.
    var start: UInt32
    /// Bytes of the text up to its end.
    var end: UInt32
    /// The index of the first node behind it and all that is in it; while it is open, that of the container around it.
    var next: UInt32
    let kind: JSONValue.Kind
    let hasEscapes: Bool
}
