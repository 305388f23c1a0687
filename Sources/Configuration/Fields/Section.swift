internal import Domain

/// A mapping of a file and the value that it fills; its table of fields says all there is to say of it.
///
/// Reading, defaults, the check for unknown keys, the JSON Schema and the effective print-out are all made from
/// ``fields``, so that they cannot disagree.
protocol Section: Hashable, Sendable {
    /// The value of an empty mapping: the defaults.
    init()

    /// The keys, in the order in which they are printed.
    static var fields: [Field<Self>] { get }

    /// Rules that tie several keys together; `place` is the mapping.
    func check(at place: Place, into report: inout Report)
}

extension Section {
    func check(at place: Place, into report: inout Report) {}

    /// Reads the mapping at `place`; a key that is absent or wrong keeps its value.
    mutating func read(at place: Place, into report: inout Report) {
        guard case .map(let pairs)? = place.node?.content else {
            if let node = place.node {
                report.error(
                    at: place,
                    "expected a mapping, not \(node.kind)",
                    fix: "write `key: value` lines below it"
                )
            }
            return
        }
        for pair in pairs {
            let child = place.adding(key: pair.key, node: pair.value)
            guard let field = Self.fields.first(where: { $0.key == pair.key }) else {
                let known = Self.fields.map(\.key)
                let nearest = nearestName(to: pair.key, in: known).map { "did you mean `\($0)`?" }
                report.error(
                    at: place.adding(
                        key: pair.key,
                        node: Node(content: .list([]), line: pair.line, column: pair.column)
                    ),
                    "unknown key",
                    fix: nearest ?? "the keys here are \(known.joined(separator: ", "))"
                )
                continue
            }
            field.read(child, &self, &report)
        }
        for field in Self.fields where field.isRequired && place.child(field.key) == nil {
            report.error(at: place, "`\(field.key)` is missing", fix: "add `\(field.key):` (\(field.summary))")
        }
        check(at: place, into: &report)
    }

    /// The mapping with every key that has a value, or that would get one if it were left out.
    var tree: Tree {
        let defaults = Self()
        let pairs: [Tree.Pair] = Self.fields.compactMap { field in
            let value = field.write(self)
            guard value == .null, field.write(defaults) == .null else { return .init(key: field.key, value: value) }
            return nil
        }
        return .map(pairs)
    }

    /// JSON Schema keywords for the mapping, of which `defaults` is the value when it is empty.
    static func schema(defaults: Self) -> Tree {
        let properties = fields.map { Tree.Pair(key: $0.key, value: $0.schema(defaults)) }
        let schema = Tree.map([
            "type": .text("object"), "additionalProperties": .flag(false), "properties": .map(properties),
        ])
        let required = fields.filter(\.isRequired).map { Tree.text($0.key) }
        return required.isEmpty ? schema : schema.merged(with: .map(["required": .list(required)]))
    }
}

/// One key of a ``Section``.
struct Field<Root: Sendable>: Sendable {
    /// The key as written in the file.
    let key: String
    /// What it sets, in which unit and why.
    let summary: String
    /// Whether the mapping is wrong without it.
    let isRequired: Bool
    /// JSON Schema keywords, with the default that the value given has.
    let schema: @Sendable (Root) -> Tree
    let read: @Sendable (Place, inout Root, inout Report) -> Void
    let write: @Sendable (Root) -> Tree

    /// A key for the property at `path`, written as `format` says.
    init<Value>(
        _ key: String,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        _ format: Format<Value>,
        required: Bool = false,
        _ summary: String
    ) {
        self.key = key
        self.summary = summary
        isRequired = required
        schema = { defaults in
            let value = format.write(defaults[keyPath: path])
            let schema = format.schema.merged(with: .map(["description": .text(summary)]))
            return required || value == .null ? schema : schema.merged(with: .map(["default": value]))
        }
        read = { place, root, report in
            if let value = format.read(place, &report) { root[keyPath: path] = value }
        }
        write = { format.write($0[keyPath: path]) }
    }

    /// A key for a property that may be `nil`, which the file writes as null or leaves out.
    init<Value>(
        _ key: String,
        _ path: any WritableKeyPath<Root, Value?> & Sendable,
        optional format: Format<Value>,
        _ summary: String
    ) {
        self.init(key, path, format.orNull, summary)
    }

    /// A key for a mapping that has fields of its own; those that the file leaves out keep the parent's defaults.
    init<Value: Section>(
        _ key: String,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        required: Bool = false,
        _ summary: String
    ) {
        self.key = key
        self.summary = summary
        isRequired = required
        schema = { Value.schema(defaults: $0[keyPath: path]).merged(with: .map(["description": .text(summary)])) }
        read = { place, root, report in root[keyPath: path].read(at: place, into: &report) }
        write = { $0[keyPath: path].tree }
    }
}
