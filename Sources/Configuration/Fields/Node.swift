/// A value of a file as written, with the place where it starts: YAML without its tags, anchors and guesses.
struct Node: Sendable {
    enum Content: Sendable {
        /// A scalar; only a plain one (without quotes) can be a number, a Boolean or null.
        case scalar(String, isPlain: Bool)
        case list([Node])
        case map([(key: String, line: Int, column: Int, value: Node)])
    }

    let content: Content
    let line: Int
    let column: Int

    /// What a person calls such a value.
    var kind: String {
        switch content {
        case .scalar(let text, isPlain: true):
            if Node.isNull(text) {
                "nothing"
            } else if ["true", "false"].contains(text) {
                "a Boolean"
            } else if Node.number(text) != nil {
                "a number"
            } else {
                "a text"
            }
        case .scalar: "a text"
        case .list: "a list"
        case .map: "a mapping"
        }
    }

    var isNull: Bool {
        if case .scalar(let text, isPlain: true) = content { Node.isNull(text) } else { false }
    }

    private static func isNull(_ text: String) -> Bool { ["", "~", "null", "Null", "NULL"].contains(text) }

    /// The number that a plain scalar spells, as in JSON (RFC 8259 §6), so that every YAML reader agrees on it.
    ///
    /// Neither hexadecimal nor octal (a leading zero in YAML 1.1), sexagesimal, underscored or infinite.
    static func number(_ text: String) -> Double? {
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
        let isDecimal = digits.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
        let isOctal = digits.first == UInt8(ascii: "0") && digits.dropFirst().first.map { $0 & 0xf0 == 0x30 } ?? false
        guard isDecimal, !isOctal, digits.first != UInt8(ascii: "+"), let number = Double(text) else { return nil }
        return number.isFinite ? number : nil
    }
}

/// A node together with its file and its key path: what a problem is reported at.
struct Place: Sendable {
    let file: String
    let path: String
    let node: Node?

    /// The place of the file as a whole.
    init(file: String, node: Node? = nil) { self.init(file: file, path: "", node: node) }

    private init(file: String, path: String, node: Node?) {
        self.file = file
        self.path = path
        self.node = node
    }

    func adding(key: String, node: Node) -> Place {
        Place(file: file, path: path.isEmpty ? key : "\(path).\(key)", node: node)
    }

    func adding(index: Int, node: Node) -> Place { Place(file: file, path: "\(path)[\(index)]", node: node) }

    /// The place of `key` if the file has it.
    func child(_ key: String) -> Place? {
        guard case .map(let pairs)? = node?.content, let pair = pairs.first(where: { $0.key == key }) else {
            return nil
        }
        return adding(key: key, node: pair.value)
    }

    /// The nearest place to `key`: its value's, or the mapping's that lacks it.
    subscript(key: String) -> Place { child(key) ?? self }

    /// The nearest place to the element at `index`.
    subscript(index: Int) -> Place {
        guard case .list(let nodes)? = node?.content, nodes.indices.contains(index) else { return self }
        return adding(index: index, node: nodes[index])
    }

    func problem(_ message: String, _ remedy: String) -> Problem {
        Problem(
            file: file,
            line: node?.line,
            column: node?.column,
            keyPath: path,
            message: message,
            remedy: remedy
        )
    }
}
