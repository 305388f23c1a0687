internal import HTTP

/// The answers that all resources have in common.
extension Reply {
    /// The JSON that `write` writes.
    static func json(status: Int = 200, _ write: (inout JSONWriter) -> Void) -> Reply {
        var writer = JSONWriter()
        write(&writer)
        return .json(writer.bytes, status: status)
    }

    /// A page of `elements`, with what the next one is asked for with.
    static func page<Element>(
        _ elements: [Element],
        next: String? = nil,
        _ write: (Element, inout JSONWriter) -> Void
    ) -> Reply {
        json { writer in
            writer.object { page in
                page.array("data") { list in for element in elements { write(element, &list) } }
                page.member("next_cursor", next)
            }
        }
    }

    /// What became of `id`.
    static func deleted(_ id: String) -> Reply {
        json { writer in
            writer.object { object in
                object.member("id", id)
                object.member("deleted", true)
            }
        }
    }
}

extension Shape {
    /// The answer to a deletion.
    static let deletion = Shape.record(
        "Deletion",
        [
            Member("id", .name, "What is gone.", isRequired: true),
            Member("deleted", .flag, "Always true.", isRequired: true),
        ]
    )
}

extension Shape.Member {
    /// What a page of a numbered list is asked for with.
    static let ofPage = [
        Shape.Member("limit", .integer(1...1000), "At most so many; 100 if absent."),
        Shape.Member("cursor", .integer(1 ... .max), "What the page before said."),
    ]
    /// Where something is set up, and so where it is changed.
    static let origin = Shape.Member(
        "origin",
        .choice(["declared", "stored"]),
        "Declared in the settings, or stored by this API.",
        isRequired: true
    )
}

extension JSONWriter {
    /// Writes a member that is an integer, or `null` for `nil`.
    mutating func member(_ key: StaticString, _ value: Int?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }

    /// Writes a member that is an integer, or `null` for `nil`.
    mutating func member(_ key: StaticString, _ value: Int64?) { member(key, value.map { Int($0) }) }

    /// Writes a member that is a number, or `null` for `nil`.
    mutating func member(_ key: StaticString, _ value: Double?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }

    /// Writes a member that is a list of texts, or `null` for `nil`.
    mutating func member(_ key: StaticString, _ values: [String]?) {
        self.key(key)
        guard let values else { return null() }
        array { list in for value in values { list.value(value) } }
    }
}
