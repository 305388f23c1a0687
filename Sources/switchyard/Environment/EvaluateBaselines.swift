import ArgumentParser
import Environment
import Foundation
import Learning
import Reporting
import Routing

/// `switchyard evaluate baselines`: trained policies beside rules that need no training.
struct EvaluateBaselines: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baselines",
        abstract: "Play trained policies and rules in the LLMRouter environment, and compare what they earn.",
        discussion: "All agents play the same episodes."
    )

    @OptionGroup var world: EnvironmentOptions
    @Option(help: "Policies of train ppo or dqn; several of one kind are taken to be one training with several seeds.")
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
            let settings = try world.settings()
            let files = try modelPath.map { try policy(at: $0, in: settings) }
            let trainings = Dictionary(grouping: files, by: \.agent)
            let most = trainings.values.map(\.count).max() ?? 0
            let groups = most > 1 ? most : seeds
            var table = StrategyTable(settings, episodes: nEpisodes, groups: groups, seed: seed)
            try table.addRules()
            try table.addBandits()
            for (agent, policies) in trainings.sorted(by: { $0.key < $1.key }) {
                try table.add(agent) { PolicyAgent(policies[$0 % policies.count].network) }
            }
            print(table.table.rendered(as: format), terminator: "")
        }
    }

    private func policy(at path: String, in world: EnvironmentSettings) throws -> PolicyFile {
        let file = try PolicyFile(path: path)
        guard file.fits(world) else {
            throw TrainingError.unusable(
                "\(path) takes \(file.network.inputs) numbers and chooses among "
                    + "\(file.policy.models.joined(separator: ", ")), and here there are "
                    + "\(world.observationSize) and \(world.models.map(\.name).joined(separator: ", ")): "
                    + "say --include-steps-remaining and --from-ledger as in its training"
            )
        }
        return file
    }
}
