extension JSONDocument {
    /// The elements of `array`, found one by one; none if it is of another kind.
    public func elements(of array: JSONValue) -> JSONElements { JSONElements(text: bytes, array: array) }

    /// The members of `object`, found one by one; none if it is of another kind.
    public func members(of object: JSONValue) -> JSONMembers { JSONMembers(text: bytes, object: object) }

    /// The value of the member of `object` that is called `key`; `nil` if it has none or is of another kind.
    ///
    /// - Throws: ``JSONError/Reason/duplicateKey`` if there are two. Only top-level keys were checked before.
    public func member(_ key: StaticString, of object: JSONValue) throws(JSONError) -> JSONValue? {
        var found: JSONValue?
        for member in members(of: object) where equals(member.key, key) {
            guard found == nil else {
                throw JSONError(.duplicateKey, at: member.key.range.lowerBound - bytes.startIndex)
            }
            found = member.value
        }
        return found
    }
}

/// The elements of an array, found one by one.
public struct JSONElements: Sequence, IteratorProtocol, Sendable {
    private let text: ArraySlice<UInt8>
    private var position: Int?

    init(text: ArraySlice<UInt8>, array: JSONValue) {
        self.text = text
        position = array.kind == .array ? array.range.lowerBound + 1 : nil
    }

    /// The next element.
    public mutating func next() -> JSONValue? {
        JSONScanner.next(in: text, &position, until: .closeBracket) { scanner throws(JSONError) in
            try scanner.value(openCount: 0)
        }
    }
}

/// The members of an object, found one by one.
public struct JSONMembers: Sequence, IteratorProtocol, Sendable {
    private let text: ArraySlice<UInt8>
    private var position: Int?

    init(text: ArraySlice<UInt8>, object: JSONValue) {
        self.text = text
        position = object.kind == .object ? object.range.lowerBound + 1 : nil
    }

    /// The next member.
    public mutating func next() -> JSONMember? {
        JSONScanner.next(in: text, &position, until: .closeBrace) { scanner throws(JSONError) in
            try scanner.member()
        }
    }
}

extension JSONScanner {
    /// Reads the next item of a container whose text was checked before; `position` is where to go on, `nil` at the end.
    fileprivate static func next<Item>(
        in text: ArraySlice<UInt8>,
        _ position: inout Int?,
        until bracket: UInt8,
        _ read: (inout JSONScanner) throws(JSONError) -> Item
    ) -> Item? {
        guard let start = position else { return nil }
        do {
            return try scan(text, from: start, depthMax: .max) { scanner throws(JSONError) in
                scanner.skipBlanks()
                guard scanner.current != bracket else {
                    position = nil
                    return nil
                }
                let item = try read(&scanner)
                position = try scanner.hasMore(until: bracket) ? scanner.position : nil
                return item
            }
        } catch {
            // Only a value of another document leads here: it has nothing in this one.
            position = nil
            return nil
        }
    }
}
