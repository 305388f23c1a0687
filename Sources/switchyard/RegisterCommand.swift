import ArgumentParser
import Configuration
import Foundation

/// `switchyard register`: puts the models of a file into a gateway that runs.
struct Register: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put the models of a file into a running gateway, over its admin API.",
        discussion: """
            For a worker that announces itself, such as a container beside it. The gateway keeps them over restarts, and they \
            win over its own models file; DELETE /admin/v1/models/ID takes one out. SWITCHYARD_ADMIN_TOKEN is the token.
            """
    )

    @Argument(help: "Models, as in Config/models.yaml.") var models: String
    @Option(help: "The gateway's admin listener.") var admin = "http://127.0.0.1:8081"
    @Option(help: "Seconds to wait for a gateway that is not there yet.") var wait = 0

    func validate() throws {
        guard (0...3600).contains(wait) else { throw ValidationError("--wait is 0 to 3600 seconds") }
    }

    func run() async throws {
        let entries = try entries()
        let client = GatewayClient(admin, keyVariable: "SWITCHYARD_ADMIN_TOKEN")
        guard client.hasKey else { throw Failure("SWITCHYARD_ADMIN_TOKEN is not set: the gateway asks for it") }
        try await waitForGateway(client)
        for entry in entries {
            guard let id = entry["id"] as? String else { continue }
            let plain = CharacterSet.alphanumerics.union(["-", ".", "_"])
            let name = id.addingPercentEncoding(withAllowedCharacters: plain) ?? id
            let answer = try await client.put("/admin/v1/models/\(name)", entry)
            guard answer.status == 200 else {
                let error = answer.object["error"] as? [String: Any]
                let reason = error?["message"] as? String ?? "HTTP \(answer.status)"
                throw Failure("\(admin) does not take \(id): \(reason)")
            }
            print("registered \(id)")
        }
    }

    /// The file's entries as the API takes them; the file is checked first as a whole.
    private func entries() throws -> [[String: Any]] {
        var options = ConfigurationOptions()
        (options.config, options.models) = (nil, models)
        let export = try JSONSerialization.jsonObject(with: Data(try options.load().exportedJSON.utf8))
        let registry = (export as? [String: Any])?["registry"] as? [String: Any]
        return registry?["models"] as? [[String: Any]] ?? []
    }

    private func waitForGateway(_ client: GatewayClient) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(wait))
        while true {
            do {
                let answer = try await client.get("/readyz")
                if answer.status == 200 { return }
                if .now >= deadline { throw Failure("\(admin) is not ready: HTTP \(answer.status)") }
            } catch let failure as Failure {
                throw failure
            } catch {
                if .now >= deadline { throw Failure("\(admin) cannot be reached: \(error)") }
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// What is wrong, without the usage that a ValidationError prints.
    private struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}
