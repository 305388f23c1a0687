import ArgumentParser
import Configuration
import Domain
import Foundation
import Gateway
import Logging
import Reactor

/// `switchyard serve`: runs the gateway until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway.",
        discussion: """
            SIGTERM and SIGINT drain: readiness turns false, requests in flight finish up to limits.drain_seconds_max, \
            then exit 0. SIGHUP reads the configuration anew; a bad one changes nothing and says why.
            """
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        Signals.ignoreFailedWrites()
        let configuration = try options.load()
        if let reason = configuration.missingAdministrator {
            Console.error("switchyard: \(reason)")
            throw ExitCode(2)
        }
        let log = Log.make(configuration.settings.logging)
        for warning in configuration.warnings { log.warning("\(warning)") }
        simulateClock(configuration.settings.simulatedClock, log)
        raiseDescriptorLimit(for: configuration.settings.limits.connectionsMax, log)
        do throws(GatewayStartError) {
            makeFolder(for: configuration.settings.ledgerPath)
            let service = try GatewayService(
                configuration: configuration,
                version: Version.current,
                log: log,
                load: { [options] in options.read() }
            )
            // Before anybody can see that it serves, and signal it.
            let signals = await Signals.stream(of: [.terminate, .interrupt, .hangUp])
            let addresses = try await service.start()
            announce(addresses, service.scorer, configuration, log)
            for await signal in signals {
                guard signal == .hangUp else { break }
                await reload(service, log)
            }
            log.notice("draining")
            await service.drain()
            log.notice("stopped")
        } catch {
            Console.error("switchyard: \(error)")
            throw ExitCode(1)
        }
    }

    /// Before anything reads the calendar.
    private func simulateClock(_ clock: Settings.SimulatedClock, _ log: Logger) {
        guard clock.isOn else { return }
        let start = clock.startUnixMilliseconds ?? WallClock.unixMilliseconds
        WallClock.simulate(from: start * 1_000_000, speed: clock.speed)
        log.warning(
            "the calendar is SIMULATED, and so are the times of the ledger, of budgets and of plans",
            metadata: ["start": "\(clock.start ?? "now")", "speed": "\(clock.speed)"]
        )
    }

    private func raiseDescriptorLimit(for connectionsMax: Int, _ log: Logger) {
        let descriptorsMax = DescriptorLimit.raise()
        guard descriptorsMax < UInt64(clamping: connectionsMax) else { return }
        log.warning(
            """
            limits.connections_max is \(connectionsMax), and this process may open only \(descriptorsMax) files: \
            raise its hard limit (ulimit -Hn)
            """
        )
    }

    /// Makes the ledger's folder; where that fails, opening the ledger says why.
    private func makeFolder(for path: String) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func reload(_ service: GatewayService, _ log: Logger) async {
        switch await service.reload() {
        case .success: log.notice("configuration reloaded")
        case .failure(let refusal): log.error("configuration not reloaded, nothing changed:\n\(refusal)")
        }
    }

    private func announce(
        _ addresses: (api: [String], admin: [String]),
        _ scorer: String,
        _ configuration: GatewayConfiguration,
        _ log: Logger
    ) {
        log.notice(
            "serving",
            metadata: [
                "api": "\(addresses.api.joined(separator: ", "))",
                "admin": "\(addresses.admin.joined(separator: ", "))",
                "scorer": "\(scorer)",
                "models": "\(configuration.catalogue.models.count)",
                "ledger": "\(configuration.settings.ledgerName)",
            ]
        )
        let simulated = configuration.catalogue.models.filter { $0.provider == .simulated }
        if !simulated.isEmpty { log.notice("\(simulated.count) models are simulated: their answers are not a model's") }
        if configuration.settings.admin.addresses.isEmpty { log.notice("administration is off") }
    }
}
