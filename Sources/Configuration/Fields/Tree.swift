/// A value to be written: the common part of YAML and JSON.
indirect enum Tree: Hashable, Sendable {
    case null
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    /// The name of the environment variable that holds a secret.
    case secret(variable: String)
    case list([Tree])
    case map([Pair])

    struct Pair: Hashable, Sendable {
        let key: String
        let value: Tree
    }

    static func map(_ pairs: KeyValuePairs<String, Tree>) -> Tree {
        .map(pairs.map { Pair(key: $0.key, value: $0.value) })
    }

    /// A mapping with the pairs of both; one that is not a mapping counts as empty.
    func merged(with other: Tree) -> Tree {
        guard case .map(let pairs) = self, case .map(let more) = other else { return self }
        return .map(pairs + more)
    }

    /// A JSON Schema that allows null beside what this one allows.
    var nullable: Tree {
        guard case .map(let pairs) = self else { return self }
        return .map(
            pairs.map { pair in
                guard pair.key == "type" else { return pair }
                let types: [Tree] = if case .list(let several) = pair.value { several } else { [pair.value] }
                return Pair(key: "type", value: .list(types + [.text("null")]))
            }
        )
    }

    /// JSON with two spaces for each level (RFC 8259), keys in their order.
    func json(indentation: Int = 0) -> String {
        let margin = String(repeating: "  ", count: indentation + 1)
        let end = "\n" + String(repeating: "  ", count: indentation)
        switch self {
        case .list(let elements) where elements.contains(where: \.isNested):
            let lines = elements.map { margin + $0.json(indentation: indentation + 1) }
            return "[\n" + lines.joined(separator: ",\n") + end + "]"
        case .list(let elements):
            return "[" + elements.map { $0.json() }.joined(separator: ", ") + "]"
        case .map(let pairs):
            guard !pairs.isEmpty else { return "{}" }
            let lines = pairs.map { "\(margin)\(Tree.quoted($0.key)): \($0.value.json(indentation: indentation + 1))" }
            return "{\n" + lines.joined(separator: ",\n") + end + "}"
        case .text(let text), .secret(variable: let text): return Tree.quoted(text)
        case .null, .flag, .integer, .number: return scalar
        }
    }

    /// YAML in block style, one line a scalar, ending in a newline; a secret is shown by its variable's name alone.
    var yaml: String { yamlLines.joined(separator: "\n") + "\n" }

    private var yamlLines: [String] {
        switch self {
        case .map(let pairs) where !pairs.isEmpty:
            return pairs.flatMap { pair in
                let key = pair.key + ":"
                guard pair.value.isNested else { return [key + " " + pair.value.scalar] }
                return [key] + pair.value.yamlLines.map { "  " + $0 }
            }
        case .list(let elements) where elements.contains(where: \.isNested):
            return elements.flatMap { element in
                element.yamlLines.enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
            }
        default: return [scalar]
        }
    }

    /// Whether it takes lines of its own.
    private var isNested: Bool {
        switch self {
        case .map(let pairs): !pairs.isEmpty
        case .list(let elements): elements.contains(where: \.isNested)
        default: false
        }
    }

    private var scalar: String {
        switch self {
        case .null: "null"
        case .flag(let flag): flag ? "true" : "false"
        case .integer(let integer): String(integer)
        case .number(let number): Int(exactly: number).map(String.init) ?? String(number)
        case .text(let text): Tree.isPlain(text) ? text : Tree.quoted(text)
        case .secret(let variable): "\(variable)  # <secret from $\(variable)>"
        case .list(let elements): "[" + elements.map(\.scalar).joined(separator: ", ") + "]"
        case .map: "{}"
        }
    }

    /// Whether YAML, 1.1 or 1.2, reads `text` as itself without quotes.
    private static func isPlain(_ text: String) -> Bool {
        let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        guard let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20) else {
            return false
        }
        let isWord = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "_-./".utf8.contains(byte)
            }
        }
        return isWord && !words.contains(text.lowercased())
    }

    /// A JSON string, which is a YAML string in double quotes as well.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.isUnprintable:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: max(4 - digits.count, 0)) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character, a line break or a non-character, which no value of a file may hold.
    var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
        default: value == 0xfeff
        }
    }
}
