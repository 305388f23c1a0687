extension JSONDocument {
    /// The elements of `array`, one by one; none if it is of another kind.
    public func elements(of array: JSONValue) -> JSONElements {
        JSONElements(document: self, places: array.kind == .array ? places(in: array) : 0..<0)
    }

    /// The members of `object`, one by one; none if it is of another kind.
    public func members(of object: JSONValue) -> JSONMembers {
        JSONMembers(document: self, places: object.kind == .object ? places(in: object) : 0..<0)
    }

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

    /// The indices of the nodes inside of `container`; none if it is of another document.
    private func places(in container: JSONValue) -> Range<Int> {
        let index = container.index
        guard index < nodes.count, nodes[index].kind == container.kind else { return 0..<0 }
        return index + 1..<Int(nodes[index].next)
    }
}

/// The elements of an array, one by one.
public struct JSONElements: Sequence, IteratorProtocol, Sendable {
    let document: JSONDocument
    /// The nodes that are still to come.
    var places: Range<Int>

    /// The next element.
    public mutating func next() -> JSONValue? {
        guard !places.isEmpty else { return nil }
        let element = document.value(at: places.lowerBound)
        places = document.index(behind: element.index)..<places.upperBound
        return element
    }
}

/// The members of an object, one by one.
public struct JSONMembers: Sequence, IteratorProtocol, Sendable {
    let document: JSONDocument
    /// The nodes that are still to come.
    var places: Range<Int>

    /// The next member.
    public mutating func next() -> JSONMember? {
        guard !places.isEmpty else { return nil }
        let key = document.value(at: places.lowerBound)
        let value = document.value(at: places.lowerBound + 1)
        places = document.index(behind: value.index)..<places.upperBound
        return JSONMember(key: key, value: value)
    }
}
