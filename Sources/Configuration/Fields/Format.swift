internal import Domain

/// How a value is written in a file: read with its bounds, written back, and described to editors.
struct Format<Value: Sendable>: Sendable {
    /// JSON Schema keywords.
    let schema: Tree
    /// The value at a place, or `nil` and an error in the report.
    let read: @Sendable (Place, inout Report) -> Value?
    let write: @Sendable (Value) -> Tree
}

extension Format where Value == Int {
    /// A whole number in `range`.
    static func integer(in range: ClosedRange<Int>) -> Self {
        Format(
            schema: .map([
                "type": .text("integer"), "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
            ]),
            read: { place, report in
                guard case .scalar(let text, isPlain: true)? = place.node?.content, Node.number(text) != nil else {
                    report.mismatch(at: place, "a whole number", fix: "write a number from \(range.words)")
                    return nil
                }
                guard let value = Int(text) else {
                    report.error(at: place, "\(text) is not a whole number", fix: "write one from \(range.words)")
                    return nil
                }
                return report.value(value, in: range, at: place)
            },
            write: { .integer($0) }
        )
    }
}

extension Format where Value == UInt64 {
    /// A seed: any whole number from 0 that JSON carries exactly (RFC 8259 §6: up to 2^53 − 1).
    static var seed: Self {
        let format = Format<Int>.integer(in: 0...9_007_199_254_740_991)
        return Format(
            schema: format.schema,
            read: { format.read($0, &$1).map(UInt64.init) },
            write: { .integer(Int($0)) }
        )
    }
}

extension Format where Value == Double {
    /// A finite number in `range`.
    static func number(in range: ClosedRange<Double>) -> Self {
        Format(
            schema: .map([
                "type": .text("number"), "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound),
            ]),
            read: { place, report in
                guard case .scalar(let text, isPlain: true)? = place.node?.content, let value = Node.number(text) else {
                    report.mismatch(at: place, "a number", fix: "write a number from \(range.words)")
                    return nil
                }
                return report.value(value, in: range, at: place)
            },
            write: { .number($0) }
        )
    }
}

extension Format where Value == Bool {
    /// `true` or `false`; YAML 1.1's `yes` and `off` are refused, since YAML 1.2 reads them as texts.
    static var flag: Self {
        Format(
            schema: .map(["type": .text("boolean")]),
            read: { place, report in
                switch place.node?.content {
                case .scalar("true", isPlain: true): return true
                case .scalar("false", isPlain: true): return false
                default:
                    report.mismatch(at: place, "a Boolean", fix: "write true or false")
                    return nil
                }
            },
            write: { .flag($0) }
        )
    }
}

extension Format where Value == String {
    /// One of `names`.
    static func oneOf(_ names: [String]) -> Self {
        Format(
            schema: .map(["type": .text("string"), "enum": .list(names.map { .text($0) })]),
            read: { place, report in
                guard let text = report.text(at: place) else { return nil }
                if names.contains(text) { return text }
                let nearest = nearestName(to: text, in: names).map { "did you mean `\($0)`?" }
                report.error(
                    at: place,
                    "`\(text)` is not one of \(names.joined(separator: ", "))",
                    fix: nearest ?? "choose one of them"
                )
                return nil
            },
            write: { .text($0) }
        )
    }
}

extension Format where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the type's cases by its raw value.
    static var choice: Self {
        let names = Format<String>.oneOf(Value.allCases.map(\.rawValue))
        return Format(
            schema: names.schema,
            read: { names.read($0, &$1).flatMap(Value.init(rawValue:)) },
            write: { .text($0.rawValue) }
        )
    }
}

extension Format where Value == Tier {
    /// One of the tiers of which it is known what models they take.
    static var tier: Self {
        let names = Format<String>.oneOf([Tier.light, .medium, .heavy].map(\.rawValue))
        return Format(
            schema: names.schema,
            read: { names.read($0, &$1).map(Tier.init(rawValue:)) },
            write: { .text($0.rawValue) }
        )
    }
}

extension Format {
    /// The value, or `null` for none.
    var orNull: Format<Value?> {
        Format<Value?>(
            schema: schema.nullable,
            read: { place, report in
                if let node = place.node, node.isNull { return .some(nil) }
                return read(place, &report).map(Optional.some)
            },
            write: { $0.map(write) ?? .null }
        )
    }

    /// A list of such values.
    static func list<Element>(of element: Format<Element>, count: ClosedRange<Int>) -> Format where Value == [Element] {
        Format(
            schema: .map([
                "type": .text("array"), "items": element.schema, "minItems": .integer(count.lowerBound),
                "maxItems": .integer(count.upperBound),
            ]),
            read: { place, report in
                guard case .list(let nodes)? = place.node?.content else {
                    report.mismatch(at: place, "a list", fix: "write `[a, b]`, or one `- a` line for each")
                    return nil
                }
                guard count.contains(nodes.count) else {
                    report.error(at: place, "has \(nodes.count) elements", fix: "give it \(count.words)")
                    return nil
                }
                let values = nodes.indices.compactMap { element.read(place[$0], &report) }
                return values.count == nodes.count ? values : nil
            },
            write: { .list($0.map(element.write)) }
        )
    }

    /// A mapping of such values by names of the file's own.
    static func table<Element>(of element: Format<Element>, count: ClosedRange<Int>) -> Format
    where Value == [String: Element] {
        Format(
            schema: .map([
                "type": .text("object"), "additionalProperties": element.schema,
                "minProperties": .integer(count.lowerBound), "maxProperties": .integer(count.upperBound),
            ]),
            read: { place, report in
                guard case .map(let pairs)? = place.node?.content else {
                    report.mismatch(at: place, "a mapping", fix: "write `{a: b, c: d}`, or one `a: b` line for each")
                    return nil
                }
                guard count.contains(pairs.count) else {
                    report.error(at: place, "has \(pairs.count) entries", fix: "give it \(count.words)")
                    return nil
                }
                var values: Value = [:]
                for pair in pairs {
                    values[pair.key] = element.read(place.adding(key: pair.key, node: pair.value), &report)
                }
                return values.count == pairs.count ? values : nil
            },
            write: { table in
                .map(table.sorted { $0.key < $1.key }.map { Tree.Pair(key: $0.key, value: element.write($0.value)) })
            }
        )
    }

    /// A list in which no value stands twice, kept as a set and written in the order of the cases.
    static func choices<Element>(atLeast countMin: Int) -> Format
    where Value == Set<Element>, Element: RawRepresentable & CaseIterable & Hashable, Element.RawValue == String {
        let element = Format<Element>.choice
        let list = Format<[Element]>.list(of: element, count: countMin...Element.allCases.count)
        return Format(
            schema: list.schema.merged(with: .map(["uniqueItems": .flag(true)])),
            read: { place, report in
                guard let values = list.read(place, &report) else { return nil }
                report.refuseRepetition(in: values.map(\.rawValue)) { place[$0] }
                return Set(values)
            },
            write: { set in .list(Element.allCases.filter(set.contains).map(element.write)) }
        )
    }
}

extension Format where Value: Section {
    /// A mapping with its own table of fields, as an element of a list or where it may be absent.
    static var section: Self {
        Format(
            schema: Value.schema(defaults: Value()),
            read: { place, report in
                var value = Value()
                value.read(at: place, into: &report)
                return value
            },
            write: \.tree
        )
    }
}

extension Report {
    /// Says that the value at `place` is of another kind than `wanted`.
    mutating func mismatch(at place: Place, _ wanted: String, fix remedy: String) {
        error(at: place, "expected \(wanted), not \(place.node?.kind ?? "nothing")", fix: remedy)
    }

    /// Says where a name stands that stood before; an empty one was refused, and has been reported.
    mutating func refuseRepetition(in names: [String], at place: (Int) -> Place) {
        var seen: Set<String> = []
        for (index, name) in names.enumerated() where !name.isEmpty && !seen.insert(name).inserted {
            error(at: place(index), "`\(name)` stands there already", fix: "rename or remove one")
        }
    }

    /// `value`, if it lies in `range`.
    mutating func value<Value>(_ value: Value, in range: ClosedRange<Value>, at place: Place) -> Value? {
        if range.contains(value) { return value }
        let side = value < range.lowerBound ? "below \(range.lowerBound)" : "above \(range.upperBound)"
        error(at: place, "\(value) is \(side)", fix: "choose one from \(range.words)")
        return nil
    }
}

extension ClosedRange {
    /// The bounds for a person.
    fileprivate var words: String { "\(lowerBound) to \(upperBound)" }
}
