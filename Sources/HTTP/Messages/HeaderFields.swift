/// A run of bytes inside a block of at most 4 GiB.
struct ByteRange: Hashable, Sendable {
    var start: UInt32
    var count: UInt32

    static let empty = ByteRange(start: 0, count: 0)

    /// - Precondition: both lie within 4 GiB, which parsers and ``HeaderFields/append(_:_:)-(StaticString,_)`` see to.
    @inline(__always)
    init(start: Int, end: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        count = UInt32(truncatingIfNeeded: end &- start)
    }

    init(start: UInt32, count: UInt32) {
        self.start = start
        self.count = count
    }

    var indices: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

/// The header fields of one message, in the order and spelling in which they came.
///
/// One block of bytes and a list of ranges into it: refilling the same value allocates nothing once it has grown.
/// Whatever is in here is safe to write to a connection: names are tokens, values hold no CR, LF, NUL or other control
/// character than the tab.
public struct HeaderFields: Sendable {
    struct Entry: Hashable, Sendable {
        let name: ByteRange
        let value: ByteRange
    }

    /// Names and values, and in a parsed message all of its head.
    var block: [UInt8] = []
    var entries: [Entry] = []

    /// No fields.
    public init() {}

    /// Removes every field, to use the memory again.
    public mutating func removeAll(keepingCapacity: Bool) {
        block.removeAll(keepingCapacity: keepingCapacity)
        entries.removeAll(keepingCapacity: keepingCapacity)
    }

    /// Adds a field after the others; control characters in `value` become spaces (RFC 9110, §5.5).
    ///
    /// - Returns: Whether it was added: not if `name` isn't a token, or beyond 4 GiB in all.
    @discardableResult
    public mutating func append(_ name: StaticString, _ value: String) -> Bool {
        var value = value
        return value.withUTF8 { value in name.withUTF8Buffer { append(name: $0, value: value) } }
    }

    /// Adds a field after the others; control characters in `value` become spaces (RFC 9110, §5.5).
    ///
    /// - Returns: Whether it was added: not if `name` isn't a token, or beyond 4 GiB in all.
    @discardableResult
    public mutating func append(_ name: StaticString, _ value: ArraySlice<UInt8>) -> Bool {
        value.withUnsafeBufferPointer { value in name.withUTF8Buffer { append(name: $0, value: value) } }
    }

    /// Adds a field after the others, such as one of another message.
    ///
    /// - Returns: Whether it was added: not if `name` isn't a token, or beyond 4 GiB in all.
    @discardableResult
    public mutating func append(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) -> Bool {
        name.withUnsafeBufferPointer { name in
            value.withUnsafeBufferPointer { append(name: name, value: $0) }
        }
    }

    private mutating func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count > 0, name.allSatisfy({ ByteSet.token.contains($0) }) else { return false }
        let value = value.trimmed
        let start = block.count
        guard UInt32(exactly: start + name.count + value.count) != nil else { return false }
        block.append(contentsOf: name)
        block.appendFieldValue(value)
        let middle = start + name.count
        entries.append(
            Entry(name: ByteRange(start: start, end: middle), value: ByteRange(start: middle, end: block.count))
        )
        return true
    }
}

extension HeaderFields: RandomAccessCollection {
    /// One field: its name as it was spelled, and its value without blanks around it.
    public typealias Element = (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)

    /// Zero.
    public var startIndex: Int { 0 }
    /// The number of fields.
    public var endIndex: Int { entries.count }

    /// The field at `position`, slices of the shared block: nothing is copied.
    public subscript(position: Int) -> Element {
        let entry = entries[position]
        return (block[entry.name.indices], block[entry.value.indices])
    }
}
