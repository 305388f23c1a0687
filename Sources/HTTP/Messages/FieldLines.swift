/// Reads the lines between a start line and the empty line into a ``HeaderFields``, and what they say about framing.
struct FieldLines {
    let countMax: Int

    /// Reads the field lines in `start..<end` of `head`.
    ///
    /// `head` is a whole head whose every line ends in CRLF, as ``HeadBoundary`` found it, and a copy of it is the block
    /// of `fields`; at `end` is its empty line.
    func read(
        _ head: UnsafePointer<UInt8>,
        from start: Int,
        to end: Int,
        into fields: inout HeaderFields,
        framing: inout FramingFields
    ) throws(HTTPError) {
        // Grown one by one, the list of a fresh message would be moved four times.
        if fields.entries.capacity == 0 { fields.entries.reserveCapacity(16) }
        var index = start
        while index < end {
            let nameStart = index
            // The CR that ends each line is no token character: no loop here can leave the head.
            while ByteSet.token.contains(head[index]) { index &+= 1 }
            let name = ByteRange(start: nameStart, end: index)
            guard index > nameStart, head[index] == .colon else {
                throw index == nameStart && head[index].isBlank ? .foldedField : .invalidFieldName
            }
            index &+= 1
            while head[index].isBlank { index &+= 1 }
            let valueStart = index
            index = try endOfLine(head, from: index, limit: end &+ 2)
            var valueEnd = index
            while valueEnd > valueStart, head[valueEnd &- 1].isBlank { valueEnd &-= 1 }
            let value = ByteRange(start: valueStart, end: valueEnd)

            guard fields.entries.count < countMax else { throw .tooManyFields(headerCountMax: countMax) }
            fields.entries.append(HeaderFields.Entry(name: name, value: value))
            try framing.note(
                name: UnsafeBufferPointer(start: head + nameStart, count: Int(name.count)),
                value: UnsafeBufferPointer(start: head + valueStart, count: Int(value.count))
            )
            index &+= 2
        }
    }

    /// The index of the CRLF that ends the line; whatever else is a control character, but for tabs, is refused.
    @inline(__always)
    func endOfLine(_ head: UnsafePointer<UInt8>, from start: Int, limit: Int) throws(HTTPError) -> Int {
        var index = head.firstMatch(from: start, to: limit, where: controlCharacters)
        while head[index] == .tab {
            index = head.firstMatch(from: index &+ 1, to: limit, where: controlCharacters)
        }
        guard head[index] == .carriageReturn, head[index &+ 1] == .lineFeed else { throw .controlCharacter }
        return index
    }
}
