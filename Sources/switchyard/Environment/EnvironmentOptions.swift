import ArgumentParser
import Environment
import Learning

/// Which world is played in.
struct EnvironmentOptions: ParsableArguments {
    /// The two registered worlds.
    enum Name: String, CaseIterable, ExpressibleByArgument {
        case v0 = "LLMRouter-v0"
        case v1 = "LLMRouter-v1"

        var settings: EnvironmentSettings { self == .v0 ? .v0 : .v1 }
    }

    @Option(help: "LLMRouter-v0, the published task, or LLMRouter-v1, where models have queues.")
    var environment = Name.v1
    @Option(help: "A gateway's ledger: models and traffic of LLMRouter-v1 are fitted to what it has served.")
    var fromLedger: String?
    @Option(help: "With --from-ledger, how many days back.") var days = 90
    @Option(help: "With --from-ledger, at most so many of the latest requests.") var ledgerRows = 100_000
    @Option(help: "Dollars of an episode; 10, or with a ledger what its calls would cost if models took turns.")
    var budget: Double?
    @Option(help: "Prompts of an episode.") var episodeLength = 1000
    @Flag(help: "Let agents see the share of steps that are left.") var includeStepsRemaining = false
    @Flag(help: "Let agents see the quality that a prompt requires.") var includeQualityRequired = false

    func validate() throws {
        guard fromLedger == nil || environment == .v1 else {
            throw ValidationError("--from-ledger goes with LLMRouter-v1 alone: the other world has no traffic")
        }
        guard (1...36_500).contains(days), (1...10_000_000).contains(ledgerRows) else {
            throw ValidationError("--days is 1 to 36500, --ledger-rows 1 to 10000000")
        }
        // What a ledger says is not known yet; what was typed is.
        do throws(EnvironmentError) { _ = try RouterEnvironment(asked(of: environment.settings)) } catch {
            throw ValidationError(error.message)
        }
    }

    /// The world; a ledger is read for it, and what it came to is told.
    ///
    /// - Throws: ``DataError`` for a ledger that can't be read, or says too little.
    func settings() throws -> EnvironmentSettings {
        guard let fromLedger else { return asked(of: environment.settings) }
        let fit = try FleetFit(ledger: fromLedger, days: days, rows: ledgerRows)
        Console.error("\(fromLedger): \(fit.summary)")
        var settings = fit.settings
        // A budget for as many calls as an episode has.
        settings.budget *= Double(episodeLength) / Double(settings.episodeLength)
        return asked(of: settings)
    }

    private func asked(of world: EnvironmentSettings) -> EnvironmentSettings {
        var settings = world
        settings.budget = budget ?? world.budget
        settings.episodeLength = episodeLength
        settings.includesStepsRemaining = includeStepsRemaining
        settings.includesQualityRequired = includeQualityRequired
        return settings
    }
}
