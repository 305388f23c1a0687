import ArgumentParser
import Configuration
import Foundation

/// Which files a command reads; without any, the defaults that are built in.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "Settings, as in Config/switchyard.yaml; the built-in ones if left out.")
    var config: String?

    @Option(name: .shortAndLong, help: "Models, as in Config/models.yaml; the built-in simulated ones if left out.")
    var models: String?

    /// The files and the environment, checked together; prints what is wrong and ends with code 2.
    func load() throws -> GatewayConfiguration {
        switch read() {
        case .success(let configuration): return configuration
        case .failure(let errors):
            Console.error(errors.description)
            throw ExitCode(2)
        }
    }

    func read() -> Result<GatewayConfiguration, ConfigurationErrors> {
        Result { () throws(ConfigurationErrors) in
            try GatewayConfiguration.load(
                settingsPath: config,
                modelsPath: models,
                environment: ProcessInfo.processInfo.environment
            )
        }
    }
}

/// Where commands write: results to standard output, the rest to standard error.
enum Console {
    static func error(_ text: String) { write(Data((text + "\n").utf8), to: .standardError) }

    /// Writes what it can.
    static func write(_ data: Data, to file: FileHandle) {
        do {
            try file.write(contentsOf: data)
        } catch {
            // Whoever was to read it has gone, or the disk is full: there is nobody to tell.
        }
    }
}
