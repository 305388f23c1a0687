internal import Configuration
internal import HTTP
internal import Ledger
internal import Synchronization
internal import Wire

/// The configuration as a whole: shown, exported, imported, read anew.
enum ConfigurationEndpoints {
    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/config",
            summary: "Shows the effective configuration as YAML; secrets by their variables' names alone.",
            answer: nil,
            respond: show
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/config/export",
            summary: "Exports settings and models as JSON, without secrets.",
            answer: export,
            respond: exportJSON
        ),
        Endpoint(
            method: .post,
            path: "/admin/v1/config/import",
            summary:
                "Puts an exported configuration in force if all of it is sound, for as long as the files stay as they are.",
            body: export,
            answer: .record(
                "Import",
                [
                    Shape.Member("imported", .flag, "Always true.", isRequired: true),
                    Shape.Member("version", .integer(1 ... .max), "What it can be put in force by again."),
                ]
            ),
            respond: importJSON
        ),
        Endpoint(
            method: .delete,
            path: "/admin/v1/config/import",
            summary: "Forgets what was imported, and reads the files anew.",
            answer: .deletion,
            respond: deleteImport
        ),
        Endpoint(
            method: .post,
            path: "/admin/v1/reload",
            summary: "Reads the files anew, as SIGHUP does; a mistake in them changes nothing.",
            answer: .record("Reload", [Shape.Member("reloaded", .flag, "Always true.", isRequired: true)]),
            respond: reload
        ),
    ]

    private static let export = Shape.record(
        "Configuration",
        [
            Shape.Member("settings", .anything, "As in switchyard.yaml."),
            Shape.Member("registry", .anything, "As in models.yaml.", isRequired: true),
        ]
    )

    private static func show(_ call: Call) async throws(APIError) -> Reply {
        .text(call.policy.configuration.effectiveText, type: "application/yaml")
    }

    private static func exportJSON(_ call: Call) async throws(APIError) -> Reply {
        .json(Array(call.policy.configuration.exportedJSON.utf8))
    }

    private static func importJSON(_ call: Call) async throws(APIError) -> Reply {
        let number = try await putInForce(document(call), as: .import, call)
        return .json { writer in
            writer.object { object in
                object.member("imported", true)
                if let number { object.member("version", Int(number)) }
            }
        }
    }

    /// Puts an export in force, and keeps it so while the files stay as they are; the version's number.
    static func putInForce(
        _ text: String,
        as action: ConfigurationVersion.Action,
        _ call: Call
    ) async throws(APIError) -> Int64? {
        if case .failure(let problem) = await call.service.importConfiguration(text) {
            throw .invalidRequest(problem.description, param: nil)
        }
        let imported = ImportedConfiguration(document: text, files: call.service.files.withLock { $0 })
        do throws(ControlError) {
            try await call.service.control.put(imported, as: action, by: call.actor, at: call.now)
        } catch {
            throw .unavailable("it is in force, and not kept over a restart: \(error)")
        }
        return await call.service.keepVersion(by: call.actor, as: action)
    }

    /// The export in a body.
    static func document(_ call: Call) -> String {
        var document = JSONWriter()
        document.object { object in
            for name in ["settings", "registry"] {
                guard case .json(let bytes)? = call.body[name] else { continue }
                object.key(named: name)
                object.raw(bytes[...])
            }
        }
        return String(decoding: document.bytes, as: UTF8.self)
    }

    private static func deleteImport(_ call: Call) async throws(APIError) -> Reply {
        do throws(ControlError) {
            try await call.service.control.deleteImport(by: call.actor, at: call.now)
        } catch {
            throw error.response
        }
        if case .failure(let problem) = await call.service.reload(by: call.actor) {
            throw .invalidRequest(problem.description, param: nil)
        }
        return .deleted("import")
    }

    private static func reload(_ call: Call) async throws(APIError) -> Reply {
        switch await call.service.reload(by: call.actor) {
        case .failure(let problem): throw .invalidRequest(problem.description, param: nil)
        case .success:
            try await call.note("reload", of: .configuration, named: "configuration")
            return .json(Array(#"{"reloaded":true}"#.utf8))
        }
    }
}
