import Domain
import Upstream

/// Somebody with the admin token.
struct Administrator {
    static let token = "admin-token-0123456789"
    static let environment = [
        "SWITCHYARD_ADMIN_TOKEN": token, "SWITCHYARD_KEY_PEPPER": "a-long-pepper-of-the-tests",
        "CLIENT": "sk-client-0123456789",
    ]

    let gateway: RunningGateway

    /// Asks below `/admin/v1/`.
    func ask(
        _ method: UpstreamRequest.Method,
        _ path: String,
        _ body: String = ""
    ) async throws -> RunningGateway.Answer {
        try await gateway.manage(
            method,
            "/admin/v1/" + path,
            body,
            fields: "authorization: Bearer \(Self.token)\r\n"
        )
    }

    func get(_ path: String) async throws -> RunningGateway.Answer { try await ask(.get, path) }

    /// Makes a key of the organisation `shop`, and returns its text.
    func makeKey(_ id: String, _ members: String = "") async throws -> String {
        let rest = members.isEmpty ? "" : "," + members
        return try await ask(.post, "keys", #"{"id":"\#(id)","organisation":"shop"\#(rest)}"#).json("key")
    }
}

/// Runs `body` with a gateway that answers from `a` and `b`, and its administrator.
func withAdministrator(
    settings: String = "",
    _ body: (RunningGateway, Administrator) async throws -> Void
) async throws {
    let backend = try await ScriptedBackend.sound()
    let models = [entry("a", at: backend.url), entry("b", at: backend.url)]
    try await withGateway(models, settings: settings, environment: Administrator.environment) { gateway in
        try await body(gateway, Administrator(gateway: gateway))
    }
}
