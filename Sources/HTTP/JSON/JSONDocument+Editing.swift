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
        let places = changes.map { index(of: $0.key) }
        var isEmpty = true

        edited.append(contentsOf: bytes[..<membersStart])
        for (place, member) in members.enumerated() {
            let change = places.firstIndex(of: place).map { changes[$0] }
            if let change, change.value == nil { continue }
            if !isEmpty {
                edited.append(
                    contentsOf: bytes[members[place - 1].value.range.upperBound..<member.key.range.lowerBound]
                )
            }
            isEmpty = false
            edited.append(contentsOf: bytes[member.key.range.lowerBound..<member.value.range.lowerBound])
            edited.append(contentsOf: change?.value?[...] ?? bytes[member.value.range])
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
        edited.append(contentsOf: bytes[(members.last?.value.range.upperBound ?? membersStart)...])
        return edited
    }

    /// Where the first key is, or else would be.
    private var membersStart: Int {
        members.first?.key.range.lowerBound ?? bytes.firstIndex(of: .openBrace).map { $0 + 1 } ?? bytes.startIndex
    }
}

extension StaticString {
    fileprivate func equals(_ other: StaticString) -> Bool {
        withUTF8Buffer { own in other.withUTF8Buffer { own.count == $0.count && own.hasPrefix($0) } }
    }
}
