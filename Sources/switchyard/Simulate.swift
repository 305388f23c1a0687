import ArgumentParser
import Configuration
import Reactor
import Simulation

/// `switchyard simulate`: serves simulated backends until SIGTERM or SIGINT.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve simulated backends with OpenAI's API; every answer says that it is simulated."
    )

    @Option(name: .shortAndLong, help: "How they behave, as in Config/simulation.yaml; the built-in ones if left out.")
    var config: String?
    @Option(help: "Event loops, one thread each.") var loops = 1

    func run() async throws {
        Signals.ignoreFailedWrites()
        let settings = try load()
        _ = DescriptorLimit.raise()
        do throws(IOError) {
            let service = try SimulationService(settings, loopCount: loops)
            let signals = await Signals.stream(of: [.terminate, .interrupt])
            let addresses = try await service.start()
            Console.error("simulating \(settings.models.count) models on \(addresses.joined(separator: ", "))")
            if let address = service.refusingAddress { Console.error("refusing connections on \(address)") }
            if let address = service.hangingAddress { Console.error("letting connections hang on \(address)") }
            for await _ in signals { break }
            await service.stop(grace: .seconds(5))
        } catch {
            Console.error("switchyard: \(settings.address): \(error)")
            throw ExitCode(1)
        }
    }

    private func load() throws -> SimulationSettings {
        do throws(ConfigurationErrors) {
            return try SimulationSettings.load(path: config)
        } catch {
            Console.error(error.description)
            throw ExitCode(2)
        }
    }
}
