import Configuration
import HTTP
import Reactor
import Testing
import Wire

@testable import Simulation

/// A simulation of models that answer at once, unless `changes` say otherwise; each line of them is YAML.
func settings(_ models: [String: [String]], seed: Int = 1) throws(ConfigurationErrors) -> SimulationSettings {
    var text = "address: 127.0.0.1:0\nseed: \(seed)\nmodels:\n"
    for (id, changes) in models.sorted(by: { $0.key < $1.key }) {
        let own = changes.map { $0.prefix { $0 != ":" } }
        let quick = [
            "time_to_first_token_ms: { mean: 0, deviation: 0 }", "time_between_tokens_ms: 0",
            "output_tokens: { mean: 16, max: 64 }",
        ]
        text += "  - id: \(id)\n"
        for line in changes + quick.filter({ line in !own.contains { line.hasPrefix("\($0):") } }) {
            text += "    \(line)\n"
        }
    }
    return try SimulationSettings(yaml: text, file: "simulation.yaml")
}

/// A model with `changes`.
func behaviour(_ changes: String...) throws(ConfigurationErrors) -> SimulationSettings.Behaviour {
    try settings(["m": changes]).models[0]
}

/// A chat with one user message and some more members.
func chat(_ model: String, prompt: String = "hi", _ members: String...) -> String {
    let all = [#""model":"\#(model)""#, #""messages":[{"role":"user","content":"\#(prompt)"}]"#] + members
    return "{\(all.joined(separator: ","))}"
}

/// Runs `body` with a client of a simulation of `models`.
func serve(_ models: [String: [String]], _ body: (Client) throws -> Void) async throws {
    let service = try SimulationService(try settings(models), loopCount: 1)
    let address = try #require(try await service.start().first)
    try body(Client(port: try #require(address.split(separator: ":").last.flatMap { UInt16($0) })))
    await service.stop(grace: .zero)
}
