import Yams

/// Why a text makes no ``Node``.
struct NodeFault: Error {
    var line: Int?
    var column: Int?
    let message: String
    let remedy: String
}

extension Node {
    /// Nesting beyond this many levels is refused; ours is six.
    private static let depthMax = 32

    /// Takes over a node of Yams.
    init(_ node: Yams.Node, depth: Int = 0) throws(NodeFault) {
        let (line, column) = (node.mark?.line ?? 1, node.mark?.column ?? 1)
        func fault(_ message: String, _ remedy: String) -> NodeFault {
            NodeFault(line: line, column: column, message: message, remedy: remedy)
        }
        guard depth <= Self.depthMax else { throw fault("is nested too deeply", "at most \(Self.depthMax) levels") }
        let content: Content
        let tag: Tag
        switch node {
        case .scalar(let scalar):
            tag = scalar.tag
            content = .scalar(scalar.string, isPlain: scalar.style == .plain)
        case .sequence(let sequence):
            tag = sequence.tag
            var nodes: [Node] = []
            for element in sequence { nodes.append(try Node(element, depth: depth + 1)) }
            content = .list(nodes)
        case .mapping(let mapping):
            tag = mapping.tag
            var pairs: [(key: String, line: Int, column: Int, value: Node)] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    throw fault("has a key that is not a text", "write `key: value`")
                }
                let (line, column) = (name.mark?.line ?? line, name.mark?.column ?? column)
                pairs.append((name.string, line, column, try Node(value, depth: depth + 1)))
            }
            content = .map(pairs)
        case .alias: throw fault("anchors and aliases (&name, *name) are not taken", "write the value out")
        }
        // Comparing keys resolves the tags of mappings and lists, and to these two names alone.
        guard ["", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"].contains("\(tag)") else {
            throw fault("tags (\(tag)) are not taken", "remove it")
        }
        self.init(content: content, line: line, column: column)
    }
}

extension NodeFault {
    /// What Yams says is wrong with `text`.
    init(_ error: YamlError, in text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let isTab = text.line(mark.line).drop { $0 == " " }.first == "\t"
            self.init(
                line: mark.line,
                column: mark.column,
                message: "is no YAML: \(context.map { "\($0.text), " } ?? "")\(problem)",
                remedy: isTab ? "indent with spaces, not tabs" : "check the indentation, quotes and brackets there"
            )
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? ""
            let second = text.repetition(of: key, after: context.mark)
            self.init(
                line: second ?? context.mark.line,
                column: context.mark.column,
                message: "`\(key)` stands twice in one mapping, first in line \(context.mark.line)",
                remedy: "remove one"
            )
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            self.init(
                line: offset == nil ? nil : before.count(where: \.isNewline) + 1,
                column: offset == nil ? nil : before.reversed().prefix { !$0.isNewline }.count + 1,
                message: "is no YAML: \(problem)",
                remedy: "save it as UTF-8 text without control characters"
            )
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            self.init(message: "cannot be read: \(error)", remedy: "check that it is a YAML file")
        }
    }
}

extension String {
    /// The line with this number, from 1.
    fileprivate func line(_ number: Int) -> Substring {
        split(separator: "\n", omittingEmptySubsequences: false).dropFirst(number - 1).first ?? ""
    }

    /// The line after `mark` where the same mapping, in block style, has `key` again; Yams tells only the first.
    fileprivate func repetition(of key: String, after mark: Mark) -> Int? {
        let lines = split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return lines.indices.dropFirst(mark.line).first { index in
            let (indentation, rest) = (lines[index].prefix(mark.column - 1), lines[index].dropFirst(mark.column - 1))
            let name = rest.prefix { $0 != ":" }.filter { !"\"' ".contains($0) }
            return indentation.allSatisfy { $0 == " " } && name == key && rest.contains(":")
        }
        .map { $0 + 1 }
    }
}
