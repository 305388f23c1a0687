internal import HTTP

/// A value of a tokenizer's JSON file, and where it is, so that an error can name it.
struct Component {
    let document: JSONDocument
    let value: JSONValue
    /// The keys that lead to it, with dots between; the file's name for the file itself.
    let path: String

    /// Reads a file that is one JSON object.
    init(file: String, text: [UInt8]) throws(TokenizerError) {
        do {
            document = try JSONDocument(parsing: text, depthMax: 32)
        } catch {
            throw .malformed(file: file, reason: error.message)
        }
        value = document.root
        path = file
    }

    private init(document: JSONDocument, value: JSONValue, path: String) {
        (self.document, self.value, self.path) = (document, value, path)
    }

    /// The member called `key`; `nil` if there is none, or if it is null.
    func member(_ key: StaticString) throws(TokenizerError) -> Component? {
        do {
            guard let member = try document.member(key, of: value), !member.isNull else { return nil }
            return Component(document: document, value: member, path: path(of: "\(key)"))
        } catch {
            throw .invalid(field: path(of: "\(key)"), reason: error.message)
        }
    }

    /// The member called `key`, which must be there.
    func needed(_ key: StaticString) throws(TokenizerError) -> Component {
        guard let member = try member(key) else { throw .missing(field: path(of: "\(key)")) }
        return member
    }

    /// The members of an object, with their keys.
    func members() throws(TokenizerError) -> [(key: ArraySlice<UInt8>, value: Component)] {
        guard value.kind == .object else { throw .invalid(field: path, reason: "is not an object") }
        var members: [(key: ArraySlice<UInt8>, value: Component)] = []
        for member in document.members(of: value) {
            let key = Component(document: document, value: member.key, path: path)
            members.append((try key.bytes(), Component(document: document, value: member.value, path: path)))
        }
        return members
    }

    /// Whether it is an array.
    var isArray: Bool { value.kind == .array }

    /// Whether it is the number 0.
    var isZero: Bool { document.double(of: value) == 0 }

    /// The elements of an array.
    func elements() throws(TokenizerError) -> [Component] {
        guard value.kind == .array else { throw .invalid(field: path, reason: "is not an array") }
        return document.elements(of: value).map { Component(document: document, value: $0, path: path) }
    }

    /// The UTF-8 of a string.
    func bytes() throws(TokenizerError) -> ArraySlice<UInt8> {
        do {
            if let bytes = try document.stringBytes(of: value) { return bytes }
        } catch {
            throw .invalid(field: path, reason: "has a \(error.message)")
        }
        throw .invalid(field: path, reason: "is not a string")
    }

    /// A string.
    func string() throws(TokenizerError) -> String { String(decoding: try bytes(), as: UTF8.self) }

    /// A Boolean.
    func bool() throws(TokenizerError) -> Bool {
        guard let bool = document.bool(of: value) else { throw .invalid(field: path, reason: "is not a Boolean") }
        return bool
    }

    /// An integer in `range`.
    func int(in range: ClosedRange<Int>) throws(TokenizerError) -> Int {
        guard let int = document.int(of: value), range.contains(int) else {
            throw .invalid(field: path, reason: "is not an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return int
    }

    /// A token's number in the vocabulary.
    func id() throws(TokenizerError) -> Int32 { Int32(try int(in: 0...Self.idMax)) }

    /// The highest id: 60 times the largest vocabulary in use, and no danger to memory.
    private static let idMax = 1 << 24 - 1

    /// Where the member called `key` is; the file's name needs not be said.
    private func path(of key: String) -> String { path.hasSuffix(".json") ? key : "\(path).\(key)" }
}
