internal import HTTP

/// Makes the smallest value that a JSON Schema describes: what a simulated model says in a structure, or passes a tool.
///
/// Knows the subset that structured outputs allow; where a schema says nothing, the value is `"simulated"`.
struct SchemaSample {
    private let document: JSONDocument
    private var writer = JSONWriter()
    /// How many values may still be written: a schema that names itself often would grow without end.
    private var valuesLeft = 512

    /// The sample for `schema`, at most `depthMax` values deep.
    static func text(for schema: JSONValue, in document: JSONDocument, depthMax: Int) -> String {
        var sample = SchemaSample(document: document)
        sample.write(schema, root: schema, depth: depthMax)
        return String(decoding: sample.writer.bytes, as: UTF8.self)
    }

    private init(document: JSONDocument) { self.document = document }

    private mutating func write(_ schema: JSONValue, root: JSONValue, depth: Int) {
        guard depth > 0, valuesLeft > 0 else { return writer.null() }
        valuesLeft -= 1
        if let value = member("const", of: schema) ?? first(of: member("enum", of: schema)) {
            return writer.raw(document.rawBytes(of: value))
        }
        if let target = reference(of: schema, root: root) { return write(target, root: root, depth: depth - 1) }
        for key in ["anyOf", "oneOf", "allOf"] as [StaticString] {
            if let option = first(of: member(key, of: schema)) { return write(option, root: root, depth: depth - 1) }
        }
        switch type(of: schema) {
        case "object": writeObject(schema, root: root, depth: depth)
        case "array": writeArray(schema, root: root, depth: depth)
        case "integer", "number": writer.value(1)
        case "boolean": writer.value(true)
        case "null": writer.null()
        default: writer.value("simulated")
        }
    }

    private mutating func writeObject(_ schema: JSONValue, root: JSONValue, depth: Int) {
        var members: [(name: String, value: [UInt8])] = []
        let properties = member("properties", of: schema).map { Array(document.members(of: $0)) } ?? []
        for property in properties {
            // A key with half a surrogate pair names nothing.
            guard let name = try? document.string(of: property.key) else { continue }
            members.append((name, inner(property.value, root: root, depth: depth)))
        }
        writer.object { (writer: inout JSONWriter) in
            for member in members {
                writer.key(named: member.name)
                writer.raw(member.value[...])
            }
        }
    }

    private mutating func writeArray(_ schema: JSONValue, root: JSONValue, depth: Int) {
        let item = member("items", of: schema).map { inner($0, root: root, depth: depth) }
        writer.array { (writer: inout JSONWriter) in
            if let item { writer.raw(item[...]) }
        }
    }

    /// The sample for a schema inside this one.
    private mutating func inner(_ schema: JSONValue, root: JSONValue, depth: Int) -> [UInt8] {
        var inner = SchemaSample(document: document)
        inner.valuesLeft = valuesLeft
        inner.write(schema, root: root, depth: depth - 1)
        valuesLeft = inner.valuesLeft
        return inner.writer.bytes
    }

    /// The name of its type; the first one of several.
    private func type(of schema: JSONValue) -> String? {
        guard let type = member("type", of: schema) else {
            return member("properties", of: schema) == nil ? nil : "object"
        }
        let name = type.kind == .array ? first(of: type) : type
        return name.flatMap { try? document.string(of: $0) }
    }

    /// What `$ref` names: `#` or a path of keys below it, such as `#/$defs/Step`.
    private func reference(of schema: JSONValue, root: JSONValue) -> JSONValue? {
        guard let reference = member("$ref", of: schema), let path = try? document.string(of: reference) else {
            return nil
        }
        return path.split(separator: "/").dropFirst().reduce(root) { (place: JSONValue?, key) in
            place.flatMap { place in document.members(of: place).first { isKey($0.key, key) }?.value }
        }
    }

    private func isKey(_ key: JSONValue, _ text: Substring) -> Bool {
        (try? document.string(of: key)).map { $0 == text } ?? false
    }

    private func member(_ key: StaticString, of object: JSONValue) -> JSONValue? {
        document.members(of: object).first { document.equals($0.key, key) }?.value
    }

    private func first(of array: JSONValue?) -> JSONValue? {
        array.flatMap { array in document.elements(of: array).first { _ in true } }
    }
}

extension SchemaSample {
    /// `text` in pieces of about a token's length.
    static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(4)))
            rest = rest.dropFirst(4)
        }
        return pieces
    }
}
