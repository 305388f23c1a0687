public import Domain

/// Someone who may administer the gateway.
public struct Administrator: Sendable {
    /// The name by which the audit knows them.
    public let name: String
    /// What they show.
    public let token: Secret
    /// Whether they may look and not change.
    public let isReadOnly: Bool
}

extension GatewayConfiguration {
    /// Whoever may administer the gateway; nobody where no token is set.
    public var administrators: [Administrator] {
        let first = secrets[settings.adminTokenVariable].map { token in
            Administrator(name: Settings.firstAdministrator, token: token, isReadOnly: false)
        }
        return [first].compactMap(\.self)
            + settings.administrators.compactMap { entry in
                secrets[entry.secretVariable].map { token in
                    Administrator(name: entry.id, token: token, isReadOnly: entry.isReadOnly)
                }
            }
    }

    /// Why a gateway must not be started like this; `nil` where nothing speaks against it.
    ///
    /// If administration listens it needs a credential: one that is built in would be known to everyone.
    public var missingAdministrator: String? {
        guard !settings.admin.addresses.isEmpty, administrators.isEmpty else { return nil }
        return """
            there is no administrator: \(settings.adminTokenVariable) is not set, and no credential is built in. Set one:
                export \(settings.adminTokenVariable)=$(openssl rand -hex 32)
            or switch administration off in the settings:
                admin: { addresses: [] }
            """
    }

    /// Tokens must be there and each another one; one at least where others than this machine can ask.
    ///
    /// `keys` are the clients' keys by their texts.
    func checkAdministrators(at place: Place, keys: [String: String], into report: inout Report) {
        var owners = keys.mapValues { "key `\($0)`" }
        func check(_ token: Secret, in variable: String, of name: String, at place: Place) {
            checkLength(of: token, in: variable, at: place, into: &report)
            if let owner = owners.updateValue("administrator `\(name)`", forKey: token.reveal()) {
                report.error(
                    at: place,
                    "administrator `\(name)` has the same token as \(owner)",
                    fix: "give each its own"
                )
            }
        }
        let firstPlace = place["admin_token_variable"]
        if let token = secrets[settings.adminTokenVariable] {
            check(token, in: settings.adminTokenVariable, of: Settings.firstAdministrator, at: firstPlace)
        }
        for (index, administrator) in settings.administrators.enumerated()
        where !administrator.secretVariable.isEmpty {
            let (variable, place) = (
                administrator.secretVariable, place["administrators"][index]["secret_variable"]
            )
            if let token = secrets[variable] {
                check(token, in: variable, of: administrator.id, at: place)
            } else {
                report.error(
                    at: place,
                    "environment variable \(variable) is not set",
                    fix: "export it, or remove administrator `\(administrator.id)`"
                )
            }
        }
        guard administrators.isEmpty, !settings.admin.addresses.isEmpty else { return }
        if settings.admin.addresses.allSatisfy({ ListenAddress($0)?.isLocal ?? true }) {
            report.warning(
                at: firstPlace,
                "environment variable \(settings.adminTokenVariable) is not set: `switchyard serve` will not start",
                fix: "export it, or set `admin: { addresses: [] }`"
            )
        } else {
            report.error(
                at: place["admin"]["addresses"],
                "the admin listener is open to the network, and \(settings.adminTokenVariable) is not set",
                fix: "export it, or listen on 127.0.0.1"
            )
        }
    }
}
