import ArgumentParser
import Environment
import Foundation
import Learning
import Reporting

/// `switchyard evaluate baselines`: trained policies beside rules that need no training.
struct EvaluateBaselines: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baselines",
        abstract: "Play trained policies and rules in the LLMRouter environment, and compare what they earn.",
        discussion: "All agents play the same episodes."
    )

    @OptionGroup var world: EnvironmentOptions
    @Option(help: "Policies of train ppo; several are taken to be one training with several seeds.")
    var modelPath: [String] = []
    @Option(help: "Episodes of each group.") var nEpisodes = 20
    @Option(help: "Groups of episodes, over which the deviation is told; with several policies, one for each.")
    var seeds = 1
    @Option(help: "Of the first episode.") var seed: UInt64 = 42
    @Option(help: "How to write it: text, csv or json.") var format = ReportFormat.text

    func validate() throws {
        guard (1...100_000).contains(nEpisodes), (1...1000).contains(seeds) else {
            throw ValidationError("--n-episodes is 1 to 100000, --seeds 1 to 1000")
        }
    }

    func run() async throws {
        try await reportingFailures {
            let policies = try modelPath.map { path in
                let file = try PolicyFile(path: path)
                guard file.fits(world.settings) else {
                    throw TrainingError.unusable(
                        "\(path) takes \(file.network.inputs) numbers and chooses among \(file.network.outputs) models, "
                            + "and here there are \(world.settings.observationSize) and "
                            + "\(world.settings.models.count): say --include-steps-remaining as in its training"
                    )
                }
                return file.network
            }
            let groups = policies.count > 1 ? policies.count : seeds
            var table = StrategyTable(world.settings, episodes: nEpisodes, groups: groups, seed: seed)
            try table.addRules()
            try table.addBandits()
            if let first = policies.first {
                try table.add("ppo") { PolicyAgent(policies.count > 1 ? policies[$0] : first) }
            }
            print(table.table.rendered(as: format), terminator: "")
        }
    }
}
