/// The configuration that was imported last.
public struct ImportedConfiguration: Hashable, Sendable {
    /// What was imported.
    public let document: String
    /// What the files said then: once they say something else, they are what their owner wants.
    public let files: String

    /// An import of `document` over `files`.
    public init(document: String, files: String) {
        self.document = document
        self.files = files
    }
}

extension ControlStore {
    /// Keeps an import, in place of any before; `action` is what the audit calls it.
    public func put(
        _ imported: ImportedConfiguration,
        as action: ConfigurationVersion.Action = .import,
        by actor: String,
        at now: Int64
    ) async throws(ControlError) {
        try await change(by: actor, at: now) { change in
            try change.database.upsert(
                "imported_configuration",
                ["id", "document", "files"],
                key: ["id"],
                [1, .text(imported.document), .text(imported.files)]
            )
            try change.audit(action.rawValue, .configuration, "configuration", before: nil, after: nil)
        }
    }

    /// Forgets the import.
    public func deleteImport(by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { change in
            guard try Self.imported(in: change.database) != nil else {
                throw ControlError.missing(.configuration, id: "import")
            }
            try change.execute("DELETE FROM imported_configuration", [])
            try change.audit("delete", .configuration, "import", before: nil, after: nil)
        }
    }

    static func imported(in database: any StoreConnection) throws -> ImportedConfiguration? {
        try database.rows("SELECT document, files FROM imported_configuration", []) { columns in
            ImportedConfiguration(document: columns.text(), files: columns.text())
        }.first
    }
}
