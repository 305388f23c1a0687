/// Feeds the input to the JSON reader; what it takes must be readable throughout, editable, and writable again.
@c(LLVMFuzzerTestOneInput)
public func fuzzJSONText(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    let text = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    do {
        let document = try JSONDocument(parsing: text, depthMax: 70)
        require(String(validating: text, as: UTF8.self) != nil, "what is taken is UTF-8")
        checkCopy(of: document)
        checkEdits(of: document)
    } catch {
        require((0...count).contains(error.offset), "an error is inside the text")
    }
    // Around a slice lie other bytes, which must make no difference.
    let padded = Array("{\"x\":[".utf8) + text + Array("]}".utf8)
    let whole = try? JSONDocument(parsing: text, depthMax: 70)
    let slice = try? JSONDocument(parsing: padded[6..<6 + count], depthMax: 70)
    require(whole.map(values) == slice.map(values), "a slice reads like its copy")
    return 0
}

private func values(of document: JSONDocument) -> [[UInt8]] {
    document.members.map { Array(document.rawBytes(of: $0.value)) }
}

/// Reads every value, writes it, and reads that.
private func checkCopy(of document: JSONDocument) {
    var writer = JSONWriter()
    var isWhole = true
    writer.object { writer in
        for member in document.members { copy(member, of: document, to: &writer, &isWhole) }
    }
    // A lone surrogate can be passed on but not read.
    guard isWhole else { return }
    guard let copy = try? JSONDocument(parsing: writer.bytes, depthMax: 70) else {
        preconditionFailure("what was written reads back")
    }
    require(copy.members.map(\.value.kind) == document.members.map(\.value.kind), "a copy has the same values")
}

private func copy(_ member: JSONMember, of document: JSONDocument, to writer: inout JSONWriter, _ isWhole: inout Bool) {
    guard let key = try? document.string(of: member.key) else {
        isWhole = false
        return
    }
    writer.key(named: key)
    copy(member.value, of: document, to: &writer, &isWhole)
}

private func copy(_ value: JSONValue, of document: JSONDocument, to writer: inout JSONWriter, _ isWhole: inout Bool) {
    switch value.kind {
    case .object:
        writer.object { writer in
            for member in document.members(of: value) { copy(member, of: document, to: &writer, &isWhole) }
        }
    case .array:
        writer.array { writer in
            for element in document.elements(of: value) { copy(element, of: document, to: &writer, &isWhole) }
        }
    case .string:
        let text = try? document.string(of: value)
        isWhole = isWhole && text != nil
        writer.value(text ?? "")
    case .number:
        if let number = document.int(of: value) {
            require(document.double(of: value) == Double(number), "an integer is also a number")
            writer.value(number)
        } else {
            writer.value(document.double(of: value) ?? .infinity)
        }
    case .bool:
        require(document.bool(of: value) != nil, "a Boolean has a value")
        writer.value(document.bool(of: value) ?? false)
    case .null:
        writer.null()
    }
}

private func checkEdits(of document: JSONDocument) {
    require(document.replacing([]) == Array(document.bytes), "no change changes nothing")
    let one = Array("[1]".utf8)
    let edited = document.replacing([("a", one), ("b", nil), ("new", one)])
    guard let again = try? JSONDocument(parsing: edited, depthMax: 70) else {
        preconditionFailure("an edited text is JSON")
    }
    require(again["b"] == nil, "a removed member is gone")
    for key: StaticString in ["a", "new"] {
        require(again[key].map { Array(again.rawBytes(of: $0)) } == one, "a set member has its value")
    }
    func others(_ document: JSONDocument) -> [[UInt8]] {
        let changed: [StaticString] = ["a", "b", "new"]
        return document.members.filter { member in !changed.contains { document.equals(member.key, $0) } }
            .map { Array(document.rawBytes(of: $0.key) + document.rawBytes(of: $0.value)) }
    }
    require(others(again) == others(document), "other members stay as they were")
}
