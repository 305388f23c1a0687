extension HeaderFields {
    /// The value of the first field called `name`, in any case.
    public func first(_ name: StaticString) -> ArraySlice<UInt8>? {
        name.withUTF8Buffer { index(of: $0, from: 0) }.map { block[entries[$0].value.indices] }
    }

    /// The value of the first field called `name`, in any case.
    public func first(named name: String) -> ArraySlice<UInt8>? {
        var name = name
        return name.withUTF8 { index(of: $0, from: 0) }.map { block[entries[$0].value.indices] }
    }

    /// The value of the first field called `name` as text; bytes that aren't UTF-8 become U+FFFD.
    public func string(_ name: StaticString) -> String? { first(name).map { String(decoding: $0, as: UTF8.self) } }

    /// The values of all fields called `name`, in their order.
    public func all(_ name: StaticString) -> [ArraySlice<UInt8>] {
        indices(of: name).map { block[entries[$0].value.indices] }
    }

    /// Whether there is a field called `name`.
    public func contains(_ name: StaticString) -> Bool { name.withUTF8Buffer { index(of: $0, from: 0) } != nil }

    /// Whether `token` is in the comma-separated list that the fields called `name` make up; the case doesn't matter.
    public func contains(_ name: StaticString, token: StaticString) -> Bool {
        block.withUnsafeBufferPointer { bytes in
            var isFound = false
            for index in indices(of: name) {
                UnsafeBufferPointer(rebasing: bytes[entries[index].value.indices]).forEachListElement { element in
                    isFound = isFound || element.equalsIgnoringCase(token)
                }
            }
            return isFound
        }
    }

    private func indices(of name: StaticString) -> [Int] {
        name.withUTF8Buffer { name in
            var found: [Int] = []
            var next = 0
            while let index = index(of: name, from: next) {
                found.append(index)
                next = index + 1
            }
            return found
        }
    }

    private func index(of name: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        block.withUnsafeBufferPointer { bytes in
            for index in start..<entries.count where Int(entries[index].name.count) == name.count {
                let candidate = UnsafeBufferPointer(rebasing: bytes[entries[index].name.indices])
                if candidate.equalsIgnoringCase(name) { return index }
            }
            return nil
        }
    }
}
