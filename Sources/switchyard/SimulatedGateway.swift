import Configuration
import Foundation
import Gateway
import Logging
import Simulation

/// Simulated backends and a gateway before them for a command's own use: in this process, on free ports of this machine, with a
/// folder that goes when it stops.
struct SimulatedGateway: Sendable {
    /// The gateway's address, such as `http://127.0.0.1:41234`.
    let url: String
    /// The backends' address.
    let backendURL: String
    /// The gateway's ledger.
    var ledgerPath: String { folder.appendingPathComponent("state/switchyard.db").path }

    private let folder: URL
    private let simulation: SimulationService
    private let gateway: GatewayService

    /// Starts the backends of `settings`, and a gateway as `configure` has it, which is told what listens and where to write.
    ///
    /// - Throws: ``ConfigurationErrors``, ``IOError`` and ``GatewayStartError``.
    init(
        _ settings: SimulationSettings,
        _ configure: (_ backends: SimulationService, _ url: String, _ state: String) throws -> GatewayConfiguration
    ) async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("switchyard-\(UUID().uuidString)")
        let state = folder.appendingPathComponent("state")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        simulation = try SimulationService(settings, loopCount: 1)
        backendURL = "http://\(try await simulation.start().first ?? "")"
        let configuration = try configure(simulation, backendURL, state.path)
        gateway = try GatewayService(
            configuration: configuration,
            version: Version.current,
            log: Logger(label: "own") { _ in SwiftLogNoOpLogHandler() },
            load: { .success(configuration) }
        )
        url = "http://\(try await gateway.start().api.first ?? "")"
    }

    /// The built-in settings and models, which know `answers` by their skill.
    init(knowing answers: [SimulationSettings.KnownAnswer]) async throws {
        try await self.init(SimulationSettings.onFreePort(knowing: answers)) { _, url, state in
            try GatewayConfiguration.onFreePort(modelsAt: url + "/v1", stateIn: state)
        }
    }

    /// Ends both, and removes what they wrote.
    func stop() async throws {
        await gateway.drain()
        await simulation.stop(grace: .zero)
        try FileManager.default.removeItem(at: folder)
    }
}
