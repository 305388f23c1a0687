public import ArgumentParser
public import Configuration
import Foundation

/// `switchyard check`: validates the configuration and prints what it comes to.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Validate the configuration and print the effective one, secrets hidden.",
        discussion: "Exit code 2 if anything is wrong; every problem is named with its file, line and remedy."
    )

    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "Print JSON instead of YAML.") var json = false
    @Flag(help: "Only ask the running gateway whether it is alive; exit code 1 if not.") var live = false
    @Option(help: "The gateway that --live asks.") var gateway = GatewayClient.defaultURL

    func run() async throws {
        if live { return try await checkLive() }
        let configuration = try options.load()
        for warning in configuration.warnings { Console.error("warning: \(warning)") }
        print(json ? configuration.exportedJSON : configuration.effectiveText, terminator: "")
    }

    private func checkLive() async throws {
        let answer = try await GatewayClient(gateway).get("/healthz")
        guard answer.status == 200 else {
            Console.error("switchyard: \(gateway) answers \(answer.status)")
            throw ExitCode(1)
        }
    }
}

/// `switchyard config`: moves configurations between files.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Export and import the configuration as one JSON document, or print the schema of a file.",
        subcommands: [Export.self, Import.self, Schema.self]
    )

    /// Writes the configuration as one document.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write settings and models as one JSON document.")

        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The file to write; standard output if left out.") var path: String?

        func run() async throws {
            let text = try options.load().exportedJSON
            guard let path else { return print(text, terminator: "") }
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        }
    }

    /// Reads such a document back.
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check an exported document and write it as switchyard.yaml and models.yaml."
        )

        @Argument(help: "The exported document.") var path: String
        @Option(help: "The folder to write to.") var into = "."

        func run() async throws {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let result = Result { () throws(ConfigurationErrors) in
                try GatewayConfiguration(exported: text, file: path, environment: ProcessInfo.processInfo.environment)
            }
            switch result {
            case .success(let configuration): try write(configuration)
            case .failure(let errors):
                Console.error(errors.description)
                throw ExitCode(2)
            }
        }

        private func write(_ configuration: GatewayConfiguration) throws {
            let folder = URL(fileURLWithPath: into)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (name, text) in [
                ("switchyard.yaml", configuration.settingsText), ("models.yaml", configuration.modelsText),
            ] {
                try Data(text.utf8).write(to: folder.appendingPathComponent(name), options: .atomic)
                print("wrote \(into)/\(name)")
            }
        }
    }

    /// Prints the schema of a kind of file.
    struct Schema: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the JSON Schema of a kind of file.")

        @Argument(help: "switchyard, models or simulation.") var kind: GatewayConfiguration.FileKind

        func run() { print(GatewayConfiguration.jsonSchema(for: kind), terminator: "") }
    }
}

extension GatewayConfiguration.FileKind: ExpressibleByArgument {}
