internal import Domain
internal import HTTP
internal import Wire

extension Shape {
    /// How deep a body may nest; exports of a configuration are the deepest.
    private static let depthMax = 16

    /// Reads a request's body.
    func read(_ body: [UInt8]) throws(APIError) -> Datum {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: body, depthMax: Self.depthMax)
        } catch {
            throw .invalidRequest("The body is not a JSON object: \(error.message).", param: nil)
        }
        return try read(document.root, in: document, at: "")
    }

    /// Reads `value`, which stands at `place`, such as `limits.concurrency_max`.
    private func read(_ value: JSONValue, in document: JSONDocument, at place: String) throws(APIError) -> Datum {
        switch self {
        case .text, .name, .tag, .requestID, .choice:
            return try read(text: try Self.string(of: value, in: document, at: place), at: place)
        case .integer(let range):
            guard let number = document.int(of: value), range.contains(number) else { throw mistake(at: place) }
            return .integer(number)
        case .number(let range):
            guard let number = document.double(of: value), range.contains(number) else { throw mistake(at: place) }
            return .number(number)
        case .flag:
            guard let flag = document.bool(of: value) else { throw mistake(at: place) }
            return .flag(flag)
        case .list(let element, let countMax):
            guard value.kind == .array else { throw mistake(at: place) }
            var elements: [Datum] = []
            for item in document.elements(of: value) {
                guard elements.count < countMax else { throw mistake(at: place) }
                elements.append(try element.read(item, in: document, at: "\(place)[\(elements.count)]"))
            }
            return .list(elements)
        case .map(let element, let countMax): return try readMap(value, of: element, countMax, in: document, at: place)
        case .record(let record): return try read(record, value, in: document, at: place)
        case .nullable(let shape): return value.isNull ? .null : try shape.read(value, in: document, at: place)
        case .anything: return .json(Array(document.rawBytes(of: value)))
        }
    }

    private func read(
        _ record: Record,
        _ value: JSONValue,
        in document: JSONDocument,
        at place: String
    ) throws(APIError) -> Datum {
        guard value.kind == .object else { throw mistake(at: place) }
        var members: [String: Datum] = [:]
        for member in document.members(of: value) {
            let name = try Self.string(of: member.key, in: document, at: place)
            let path = place.isEmpty ? name : "\(place).\(name)"
            guard let known = record.members.first(where: { $0.name == name }) else {
                throw .unknownName(name, noun: "member", param: path, known: record.members.map(\.name))
            }
            guard members.updateValue(try known.shape.read(member.value, in: document, at: path), forKey: name) == nil
            else { throw .invalidRequest("`\(path)` is there twice.", param: path) }
        }
        for member in record.members where member.isRequired && members[member.name] == nil {
            let path = place.isEmpty ? member.name : "\(place).\(member.name)"
            throw .invalidRequest("`\(path)` is missing: \(member.summary)", param: path)
        }
        return .record(members)
    }

    private func readMap(
        _ value: JSONValue,
        of element: Shape,
        _ countMax: Int,
        in document: JSONDocument,
        at place: String
    ) throws(APIError) -> Datum {
        guard value.kind == .object else { throw mistake(at: place) }
        var members: [String: Datum] = [:]
        for member in document.members(of: value) {
            let name = try Self.string(of: member.key, in: document, at: place)
            guard case .text = try Shape.name.read(text: name, at: place), members.count < countMax else {
                throw mistake(at: place)
            }
            guard
                members.updateValue(try element.read(member.value, in: document, at: "\(place).\(name)"), forKey: name)
                    == nil
            else { throw .invalidRequest("`\(place)` has `\(name)` twice.", param: place) }
        }
        return .record(members)
    }

    /// Reads a text, as it stands in a URL or between quotes; anything but a text too, where a URL has it.
    func read(text: String, at place: String) throws(APIError) -> Datum {
        switch self {
        case .text(let scalarsMax):
            guard text.unicodeScalars.count <= scalarsMax else { throw mistake(at: place) }
        case .name:
            guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(Self.isOfName) else {
                throw mistake(at: place)
            }
        case .tag:
            let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C }
            guard (1...512).contains(text.utf8.count), isPlain, text.utf8.first != UInt8(ascii: "=") else {
                throw mistake(at: place)
            }
        case .requestID:
            guard RequestID(text) != nil else { throw mistake(at: place) }
        case .choice(let words):
            guard words.contains(text) else { throw .unknownName(text, noun: "value", param: place, known: words) }
        case .integer(let range):
            guard let number = Int(text), range.contains(number) else { throw mistake(at: place) }
            return .integer(number)
        case .number(let range):
            guard let number = Double(text), range.contains(number) else { throw mistake(at: place) }
            return .number(number)
        case .flag:
            guard let flag = Bool(text) else { throw mistake(at: place) }
            return .flag(flag)
        case .list(let element, let countMax):
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            guard parts.count <= countMax else { throw mistake(at: place) }
            return .list(try parts.map { part throws(APIError) in try element.read(text: String(part), at: place) })
        case .nullable(let shape): return try shape.read(text: text, at: place)
        case .map, .record, .anything: throw mistake(at: place)
        }
        return .text(text)
    }

    private static func string(
        of value: JSONValue,
        in document: JSONDocument,
        at place: String
    ) throws(APIError) -> String {
        do throws(JSONError) {
            if let text = try document.string(of: value) { return text }
        } catch {
            throw .invalidRequest("`\(place)` is no text: \(error.message).", param: place)
        }
        throw .invalidRequest("`\(place)` must be a text.", param: place)
    }

    private func mistake(at place: String) -> APIError {
        .invalidRequest("`\(place)` must be \(words).", param: place)
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "._:/@+-".utf8.contains(byte)
        }
    }
}

extension Shape {
    /// What the value has to be, for people.
    fileprivate var words: String {
        switch self {
        case .text(let scalarsMax): "a text of at most \(scalarsMax) characters"
        case .name: "a name of 1 to 128 letters, digits and . _ : / @ + -"
        case .tag: "a tag such as name=value"
        case .requestID: "a request's id, such as 0198c1f2-7b3c-7e57-9d5c-2f6a1c0b9e11"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .flag: "true or false"
        case .list(let element, let countMax): "a list of at most \(countMax), each \(element.words)"
        case .map(let element, let countMax): "an object of at most \(countMax) names, each \(element.words)"
        case .record: "an object"
        case .nullable(let shape): "null or \(shape.words)"
        case .anything: "JSON"
        }
    }
}

extension RequestID {
    /// The id that `text` is the description of; `nil` for any other spelling.
    init?(_ text: String) {
        var words: (high: UInt64, low: UInt64) = (0, 0)
        var count = 0
        for byte in text.utf8 where byte != UInt8(ascii: "-") {
            guard let digit = UInt64(String(decoding: CollectionOfOne(byte), as: UTF8.self), radix: 16), count < 32
            else {
                return nil
            }
            words.high = words.high << 4 | words.low >> 60
            words.low = words.low << 4 | digit
            count += 1
        }
        self.init(high: words.high, low: words.low)
        guard count == 32, description == text else { return nil }
    }
}
