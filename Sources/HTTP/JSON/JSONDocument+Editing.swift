extension JSONDocument {
    /// The text with some top-level members set, added at the end, or removed (`nil`), and every other byte as it is.
    ///
    /// With a removed member goes the comma before it; with the first ones, the comma behind.
    ///
    /// - Parameter changes: Keys, which must need no escapes, and JSON texts; of several changes to a key the first counts.
    /// - Returns: The edited text: an object again, if the texts in `changes` are JSON.
    public func replacing(_ changes: [(key: StaticString, value: [UInt8]?)]) -> [UInt8] {
        var edited: [UInt8] = []
        edited.reserveCapacity(changes.reduce(bytes.count) { $0 + ($1.value?.count ?? 0) + 32 })
        let places = changes.map { self[$0.key]?.index }
        var isEmpty = true
        /// Up to where the text is dealt with: the end of the last member.
        var end = membersStart

        edited.append(contentsOf: bytes[..<end])
        for member in members {
            defer { end = member.value.range.upperBound }
            let place = places.firstIndex(of: member.value.index)
            if let place, changes[place].value == nil { continue }
            // The comma and the blanks before the key; behind nothing but removed members there is none to keep.
            if !isEmpty { edited.append(contentsOf: bytes[end..<member.key.range.lowerBound]) }
            isEmpty = false
            edited.append(contentsOf: bytes[member.key.range.lowerBound..<member.value.range.lowerBound])
            edited.append(contentsOf: place.flatMap { changes[$0].value }?[...] ?? bytes[member.value.range])
        }
        for (index, change) in changes.enumerated() where places[index] == nil {
            guard let value = change.value, !changes[..<index].contains(where: { $0.key.equals(change.key) }) else {
                continue
            }
            edited.append(isEmpty ? "\"" : ",\"")
            isEmpty = false
            edited.append(change.key)
            edited.append("\":")
            edited.append(contentsOf: value)
        }
        edited.append(contentsOf: bytes[end...])
        return edited
    }

    /// Where the first key is, or else would be.
    private var membersStart: Int {
        nodes.count > 1 ? value(at: 1).range.lowerBound : root.range.lowerBound + 1
    }
}

extension StaticString {
    fileprivate func equals(_ other: StaticString) -> Bool {
        withUTF8Buffer { own in other.withUTF8Buffer { own.count == $0.count && own.hasPrefix($0) } }
    }
}
