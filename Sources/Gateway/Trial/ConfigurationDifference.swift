internal import HTTP

/// What is said differently by two configurations, as they are exported.
struct ConfigurationDifference: Hashable {
    /// One value that differs; JSON, `nil` where there is none.
    struct Change: Hashable {
        /// Where it stands, such as `registry.models[gpt-4o].prices.input`.
        let path: String
        let before: String?
        let after: String?
    }

    /// At most so many are told.
    static let changesMax = 200

    /// What differs, by path.
    let changes: [Change]
    /// How many more differ.
    let leftOut: Int

    /// The difference between two exports.
    init(from before: String, to after: String) {
        let (old, new) = (Self.values(in: before), Self.values(in: after))
        let paths = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
        changes = paths.prefix(Self.changesMax).map { Change(path: $0, before: old[$0], after: new[$0]) }
        leftOut = paths.count - changes.count
    }

    /// Every value that is neither object nor list, by its path.
    private static func values(in text: String) -> [String: String] {
        guard let document = try? JSONDocument(parsing: Array(text.utf8), depthMax: 64) else { return [:] }
        var values: [String: String] = [:]
        func visit(_ value: JSONValue, at path: String) {
            switch value.kind {
            case .object:
                for member in document.members(of: value) {
                    let name = (try? document.string(of: member.key)) ?? ""
                    visit(member.value, at: path.isEmpty ? name : "\(path).\(name)")
                }
            case .array:
                for (index, element) in document.elements(of: value).enumerated() {
                    visit(element, at: "\(path)[\(name(of: element, in: document) ?? "\(index)")]")
                }
            default: values[path] = String(decoding: document.rawBytes(of: value), as: UTF8.self)
            }
        }
        visit(document.root, at: "")
        return values
    }

    /// What an element of a list is called, so that one more before it does not change all that follow.
    private static func name(of element: JSONValue, in document: JSONDocument) -> String? {
        guard element.kind == .object, let id = try? document.member("id", of: element) else { return nil }
        return try? document.string(of: id)
    }

    func write(to writer: inout JSONWriter) {
        writer.array("changes") { list in
            for change in changes {
                list.object { object in
                    object.member("path", change.path)
                    for (key, value) in [("before", change.before), ("after", change.after)] {
                        object.key(named: key)
                        if let value { object.raw(Array(value.utf8)[...]) } else { object.null() }
                    }
                }
            }
        }
        writer.member("changes_left_out", leftOut)
    }
}
