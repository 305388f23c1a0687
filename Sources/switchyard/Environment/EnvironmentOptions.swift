import ArgumentParser
import Environment

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
    @Option(help: "Dollars of an episode.") var budget = 10.0
    @Option(help: "Prompts of an episode.") var episodeLength = 1000
    @Flag(help: "Let agents see the share of steps that are left.") var includeStepsRemaining = false
    @Flag(help: "Let agents see the quality that a prompt requires.") var includeQualityRequired = false

    var settings: EnvironmentSettings {
        var settings = environment.settings
        (settings.budget, settings.episodeLength) = (budget, episodeLength)
        settings.includesStepsRemaining = includeStepsRemaining
        settings.includesQualityRequired = includeQualityRequired
        return settings
    }

    func validate() throws {
        do throws(EnvironmentError) { _ = try RouterEnvironment(settings) } catch {
            throw ValidationError(error.message)
        }
    }
}
