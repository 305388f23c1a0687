/// A JSON object, valid as a whole, and where each of its members is: nothing is copied or converted until it is asked for.
///
/// Valid means all of RFC 8259 (grammar, escapes, UTF-8), and more where two readers could differ: no key twice at the top
/// level, however it is spelled, and no more nesting than asked for. So no backend can read a body differently from us.
public struct JSONDocument: Sendable {
    /// The text.
    public let bytes: ArraySlice<UInt8>
    /// The members of the object, in their order.
    public private(set) var members: [JSONMember] = []

    /// Reads `text`, which must be one object and nothing else but blanks.
    ///
    /// - Parameters:
    ///   - text: UTF-8 without byte order mark.
    ///   - depthMax: How many objects and arrays may be open at once, this object included.
    /// - Throws: ``JSONError``, with the first thing that is wrong.
    /// - Complexity: O(n), about 0.2 ns a byte.
    public init(parsing text: [UInt8], depthMax: Int) throws(JSONError) {
        try self.init(parsing: text[...], depthMax: depthMax)
    }

    /// Reads `text`, which must be one object and nothing else but blanks, such as an event's data or a nested object.
    ///
    /// - Parameters:
    ///   - text: UTF-8 without byte order mark. Ranges and indices stay those of the slice, errors count from its start.
    ///   - depthMax: How many objects and arrays may be open at once, this object included.
    /// - Throws: ``JSONError``, with the first thing that is wrong.
    public init(parsing text: ArraySlice<UInt8>, depthMax: Int) throws(JSONError) {
        bytes = text
        var found: [JSONMember] = []
        found.reserveCapacity(16)
        try JSONScanner.scan(text, from: text.startIndex, depthMax: depthMax) { scanner throws(JSONError) in
            try scanner.document(into: &found)
        }
        members = found
        try refuseDuplicates()
    }

    /// The value of the member called `key`.
    public subscript(key: StaticString) -> JSONValue? { index(of: key).map { members[$0].value } }

    /// The position in ``members`` of the one called `key`.
    func index(of key: StaticString) -> Int? { members.firstIndex { equals($0.key, key) } }

    private func refuseDuplicates() throws(JSONError) {
        // Comparing each with each is fastest for the few members of real requests, and ruinous for a hostile one.
        guard members.count > 32 else {
            for (index, member) in members.enumerated() {
                for other in members[..<index] where try haveSameText(member.key, other.key) {
                    throw JSONError(.duplicateKey, at: member.key.range.lowerBound - bytes.startIndex)
                }
            }
            return
        }
        var seen: Set<ArraySlice<UInt8>> = []
        for member in members {
            guard seen.insert(try content(of: member.key)).inserted else {
                throw JSONError(.duplicateKey, at: member.key.range.lowerBound - bytes.startIndex)
            }
        }
    }

    private func haveSameText(_ left: JSONValue, _ right: JSONValue) throws(JSONError) -> Bool {
        if left.hasEscapes || right.hasEscapes { return try content(of: left) == content(of: right) }
        return left.range.count == right.range.count && bytes[left.range] == bytes[right.range]
    }
}
