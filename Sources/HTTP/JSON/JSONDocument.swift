/// A JSON object, valid as a whole, and where each of its values is: nothing is copied or converted until it is asked for.
///
/// Valid means all of RFC 8259 (grammar, escapes, UTF-8), and more where two readers could differ: no key twice at the top
/// level, however it is spelled, and no more nesting than asked for. So no backend can read a body differently from us.
public struct JSONDocument: Sendable {
    /// The text.
    public let bytes: ArraySlice<UInt8>
    /// Every value and key in the order of the text; the first is the document itself.
    let nodes: [JSONNode]

    /// Reads `text`, which must be one object and nothing else but blanks.
    ///
    /// - Parameters:
    ///   - text: UTF-8 without byte order mark, less than 4 GiB.
    ///   - depthMax: How many objects and arrays may be open at once, this object included.
    /// - Throws: ``JSONError``, with the first thing that is wrong.
    /// - Complexity: O(n), about 0.2 ns a byte in long strings; 16 bytes of memory for each value.
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
        nodes = try JSONScanner.nodes(of: text, depthMax: depthMax)
        try refuseDuplicates()
    }

    /// The document itself.
    public var root: JSONValue { value(at: 0) }

    /// The members of the object, in their order.
    public var members: JSONMembers { members(of: root) }

    /// The value of the member called `key`.
    public subscript(key: StaticString) -> JSONValue? {
        let place = nodes.withUnsafeBufferPointer { nodes -> Int? in
            var index = 1
            while index < nodes.count {
                if matches(nodes[index], at: index, key) { return index &+ 1 }
                index = Int(nodes[index &+ 1].next)
            }
            return nil
        }
        return place.map(value)
    }

    /// The value whose node is at `index`.
    @inline(__always)
    func value(at index: Int) -> JSONValue {
        let node = nodes[index]
        let origin = bytes.startIndex
        let range = Range(uncheckedBounds: (origin &+ Int(node.start), origin &+ Int(node.end)))
        return JSONValue(kind: node.kind, hasEscapes: node.hasEscapes, index: index, range: range)
    }

    /// The index of the node that follows the one at `index` and all that is in it.
    @inline(__always)
    func index(behind index: Int) -> Int { Int(nodes[index].next) }

    /// Whether the string `node`, which is at `index`, has this text, however it is spelled.
    @inline(__always)
    private func matches(_ node: JSONNode, at index: Int, _ text: StaticString) -> Bool {
        // The length decides nearly always.
        guard node.hasEscapes || Int(node.end &- node.start) == text.utf8CodeUnitCount &+ 2 else { return false }
        return equals(value(at: index), text)
    }

    private func refuseDuplicates() throws(JSONError) {
        // Comparing each with each is fastest for the few members of real requests, and ruinous for a hostile one.
        var count = 0
        var index = 1
        while index < nodes.count {
            count += 1
            guard count <= 32 else { return try refuseManyDuplicates() }
            // A key with a lone surrogate stands for no text, which must not depend on there being another to compare.
            if nodes[index].hasEscapes { _ = try content(of: value(at: index)) }
            var other = 1
            while other < index {
                if try haveSameText(index, other) { throw duplicate(value(at: index)) }
                other = self.index(behind: other + 1)
            }
            index = self.index(behind: index + 1)
        }
    }

    private func refuseManyDuplicates() throws(JSONError) {
        var seen: Set<ArraySlice<UInt8>> = []
        for member in members {
            guard seen.insert(try content(of: member.key)).inserted else { throw duplicate(member.key) }
        }
    }

    private func duplicate(_ key: JSONValue) -> JSONError {
        JSONError(.duplicateKey, at: key.range.lowerBound - bytes.startIndex)
    }

    private func haveSameText(_ left: Int, _ right: Int) throws(JSONError) -> Bool {
        let (first, second) = (nodes[left], nodes[right])
        if first.hasEscapes || second.hasEscapes {
            return try content(of: value(at: left)) == content(of: value(at: right))
        }
        guard first.end &- first.start == second.end &- second.start else { return false }
        return bytes[value(at: left).range] == bytes[value(at: right).range]
    }
}
