public import Domain
internal import HTTP

/// One entry of `GET /v1/models`: a name that a client may ask for.
public struct ModelListing: Hashable, Sendable {
    /// The name: a model's id or an alias.
    public let id: String
    /// Who runs it.
    public let owner: String

    /// An entry.
    public init(id: String, owner: String) {
        self.id = id
        self.owner = owner
    }

    /// The entries for `model`: its id and its aliases.
    public static func entries(for model: Model) -> [ModelListing] {
        ([model.id.rawValue] + model.aliases).map { ModelListing(id: $0, owner: model.provider.rawValue) }
    }

    /// The answer to `GET /v1/models/{id}`; `created` is Unix time in seconds.
    public func body(created: Int) -> [UInt8] {
        var writer = JSONWriter()
        write(to: &writer, created: created)
        return writer.bytes
    }

    /// The answer to `GET /v1/models`; `created` is Unix time in seconds.
    public static func body(of entries: [ModelListing], created: Int) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { list in
            list.member("object", "list")
            list.array("data") { data in
                for entry in entries { entry.write(to: &data, created: created) }
            }
        }
        return writer.bytes
    }

    private func write(to writer: inout JSONWriter, created: Int) {
        writer.object { model in
            model.member("id", id)
            model.member("object", "model")
            model.member("created", created)
            model.member("owned_by", owner)
        }
    }
}
