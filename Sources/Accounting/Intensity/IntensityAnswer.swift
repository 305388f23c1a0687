internal import HTTP

/// A source's answer, read member by member with the errors of this layer.
struct IntensityAnswer {
    private let document: JSONDocument

    /// More in one answer than any source sends: a year of five minutes.
    static let readingsMax = 105_408

    init(_ body: [UInt8]) throws(IntensityError) {
        do { document = try JSONDocument(parsing: body, depthMax: 16) } catch { throw .malformed(error.message) }
        if let refusal = text("error", of: root) ?? text("message", of: root) { throw .refused(refusal) }
    }

    var root: JSONValue { document.root }

    /// The member of an object; `nil` if it has none of that name, or `null`.
    func member(_ key: StaticString, of object: JSONValue) -> JSONValue? {
        // Of a key twice neither can be trusted.
        guard let value = try? document.member(key, of: object), !value.isNull else { return nil }
        return value
    }

    func number(_ key: StaticString, of object: JSONValue) -> Double? {
        member(key, of: object).flatMap { document.double(of: $0) }
    }

    func flag(_ key: StaticString, of object: JSONValue) -> Bool? {
        member(key, of: object).flatMap { document.bool(of: $0) }
    }

    func text(_ key: StaticString, of object: JSONValue) -> String? {
        member(key, of: object).flatMap { try? document.string(of: $0) }
    }

    func time(_ key: StaticString, of object: JSONValue) -> Int64? {
        guard let value = member(key, of: object), let bytes = try? document.stringBytes(of: value) else { return nil }
        return Timestamp.parse(bytes)?.unixSeconds
    }

    /// The elements of an array, or the object itself where there is no array around it.
    func elements(of value: JSONValue) throws(IntensityError) -> [JSONValue] {
        guard value.kind == .array else { return [value] }
        var elements: [JSONValue] = []
        for element in document.elements(of: value) {
            guard elements.count < Self.readingsMax else { throw .tooLong(readingsMax: Self.readingsMax) }
            elements.append(element)
        }
        return elements
    }
}
