import Accounting
import ArgumentParser
import Foundation
import Learning
import Routing

/// `switchyard train bert`: an encoder's classifier, as a head on its vectors.
struct TrainBERT: AsyncParsableCommand {
    /// How classes are charged.
    enum LossName: String, CaseIterable, ExpressibleByArgument {
        case crossEntropy = "cross_entropy"
        case interIntra = "inter_intra"
        case focal
        case labelSmoothing = "label_smoothing"

        var loss: ClassLoss {
            switch self {
            case .crossEntropy: .crossEntropy
            case .interIntra: .interIntra(margin: 1, interWeight: 1, intraWeight: 1)
            case .focal: .focal(focus: 2, weight: 1)
            case .labelSmoothing: .labelSmoothing(0.1)
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "bert",
        abstract: "Train a projection and a head on an encoder's vectors, from classes or outcomes.",
        discussion: HeadOptions.lines
    )

    @OptionGroup var options: HeadOptions
    @Option(help: "How classes are charged; outcomes have the cross-entropy of each model's score.")
    var loss = LossName.crossEntropy

    @Flag(help: "Train the encoder as well, from its embeddings up; it is written to OUT/encoder.") var fineTune = false
    @Option(help: "With --fine-tune, the most tokens of a prompt.") var tokensMax = 128

    func validate() throws {
        guard (4...512).contains(tokensMax) else { throw ValidationError("--tokens-max is 4 to 512") }
        guard try !fineTune || options.layerNumbers().count == 1 else {
            throw ValidationError("--fine-tune takes one of --layers, the one whose output the head sees")
        }
    }

    func run() async throws {
        if fineTune { return try await FineTuneRun(options: options, loss: loss.loss, tokensMax: tokensMax).run() }
        var recipe = options.recipe(.bert)
        recipe.training.loss = loss.loss
        try await HeadRun(options: options, recipe: recipe).run()
    }
}

/// `switchyard train moe`: the gate of a sparse mixture.
struct TrainMixture: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "moe",
        abstract: "Train the gate of a sparse mixture of models, from classes or outcomes.",
        discussion: HeadOptions.lines
    )

    @OptionGroup var options: HeadOptions
    @Option(help: "How many experts share a prompt.") var experts = 2
    @Option(help: "How much an uneven load is charged.") var balance: Float = 0.01
    @Option(help: "The deviation of the noise on gates while learning.") var noise: Float = 0.1

    func validate() throws {
        guard experts >= 1, balance >= 0, noise >= 0 else {
            throw ValidationError("--experts is at least 1; --balance and --noise aren't negative")
        }
    }

    func run() async throws {
        var recipe = options.recipe(.moe)
        recipe.training.mixture?.expertsPerPrompt = experts
        recipe.training.mixture?.balanceWeight = balance
        recipe.training.mixture?.noise = noise
        try await HeadRun(options: options, recipe: recipe).run()
    }
}

/// `switchyard train rl`: a dueling double deep Q-network.
struct TrainQNetwork: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rl",
        abstract: "Train a dueling double deep Q-network, from classes or outcomes.",
        discussion: """
            Each prompt is an episode of one step, and models, or classes, are the actions. With --demands the reward is \
            0.4 quality + 0.3 carbon + 0.2 cost + 0.1 latency, the last three relative to the pool. \(HeadOptions.lines)
            """
    )

    @OptionGroup var options: HeadOptions
    @Option(help: "A CSV file with the columns model, carbon, cost and latency: what an answer takes, in any unit.")
    var demands: String?

    func run() async throws {
        var run = HeadRun(options: options, recipe: options.recipe(.rl))
        if let demands {
            try await reportingFailures {
                let judged = try options.ledger.outcomes(encoder: options.encoder, layers: try options.layerNumbers())
                run.reward = try RoutingReward(demands: demands, models: try options.prompts(judged).names)
            }
        }
        try await run.run()
    }
}
