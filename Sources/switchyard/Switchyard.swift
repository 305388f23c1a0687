import ArgumentParser

/// The command: everything that a person or a script does with Switchyard.
@main
struct Switchyard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchyard",
        abstract: "An LLM routing gateway that keeps budgets of money, latency and carbon.",
        discussion: """
            Exit codes: 0 done; 1 it failed, and the last line says why; 2 a configuration file is wrong; \
            64 the arguments are wrong.
            """,
        version: Version.current,
        subcommands: [
            Serve.self, Route.self, Simulate.self, Chaos.self, Check.self, Report.self, Reconcile.self, Prices.self,
            Train.self, EncoderCommand.self, Evaluate.self, ForecastCommand.self, PlanCommand.self, Bench.self,
            ConfigCommand.self, Register.self, Demo.self, VersionCommand.self,
        ]
    )
}

/// Which Switchyard this is.
enum Version {
    /// Semantic versioning 2.0.
    static let current = "0.1.0"
}

/// Prints the version.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    @Flag(help: "Print JSON.") var json = false

    func run() {
        print(json ? #"{"name":"switchyard","version":"\#(Version.current)"}"# : "switchyard \(Version.current)")
    }
}
