internal import HTTP

/// The members of one object in a request's body, read as the types that the API asks for.
///
/// `null` counts as absent, as it does for OpenAI. A member of another type is refused by its name.
struct RequestMembers {
    let document: JSONDocument
    /// The object; `nil` for the body itself.
    private let object: JSONValue?
    /// What stands before a member's key in errors: `route.` or nothing.
    private let path: String

    /// The members of the body.
    init(of document: JSONDocument) {
        self.document = document
        object = nil
        path = ""
    }

    private init(of object: JSONValue, in document: JSONDocument, path: String) {
        self.document = document
        self.object = object
        self.path = path
    }

    /// The member `key`; `nil` if it is absent or `null`.
    func value(_ key: StaticString) throws(APIError) -> JSONValue? {
        let found: JSONValue?
        if let object {
            do { found = try document.member(key, of: object) } catch { throw .malformed(error, param: name(of: key)) }
        } else {
            found = document[key]
        }
        return found?.isNull == true ? nil : found
    }

    func string(_ key: StaticString) throws(APIError) -> String? {
        guard let value = try value(key) else { return nil }
        return try document.text(of: value, param: name(of: key))
    }

    func bool(_ key: StaticString) throws(APIError) -> Bool? {
        guard let value = try value(key) else { return nil }
        guard let bool = document.bool(of: value) else { throw wrongType(key, expected: "true or false") }
        return bool
    }

    func int(_ key: StaticString, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = try value(key) else { return nil }
        guard let number = document.int(of: value), range.contains(number) else {
            throw wrongType(key, expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func number(_ key: StaticString, in range: ClosedRange<Double>) throws(APIError) -> Double? {
        guard let value = try value(key) else { return nil }
        guard let number = document.double(of: value), range.contains(number) else {
            throw wrongType(key, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func object(_ key: StaticString) throws(APIError) -> RequestMembers? {
        guard let value = try value(key) else { return nil }
        guard value.kind == .object else { throw wrongType(key, expected: "an object") }
        return RequestMembers(of: value, in: document, path: "\(path)\(key).")
    }

    /// All keys, in their order.
    func keys() throws(APIError) -> [String] {
        var keys: [String] = []
        for member in document.members(of: object ?? document.root) {
            keys.append(try document.text(of: member.key, param: path))
        }
        return keys
    }

    /// The name of the member `key` in errors.
    func name(of key: some CustomStringConvertible) -> String { "\(path)\(key)" }

    func wrongType(_ key: StaticString, expected: String) -> APIError {
        let name = name(of: key)
        return .invalidRequest("`\(name)` must be \(expected).", param: name)
    }
}

extension JSONDocument {
    /// Reads a request's body.
    init(ofRequest body: [UInt8], depthMax: Int) throws(APIError) {
        do { try self.init(parsing: body, depthMax: depthMax) } catch { throw .malformed(error, param: nil) }
    }

    /// The text of `value`, which is the member `param` of a request.
    func text(of value: JSONValue, param: String) throws(APIError) -> String {
        let text: String?
        do { text = try string(of: value) } catch { throw .malformed(error, param: param) }
        guard let text else { throw .invalidRequest("`\(param)` must be a string.", param: param) }
        return text
    }
}

extension APIError {
    /// 400: a body that isn't the JSON that this gateway reads.
    static func malformed(_ error: JSONError, param: String?) -> APIError {
        .invalidRequest("We could not parse the JSON body of your request: \(error.message).", param: param)
    }
}
