import ArgumentParser
import Environment
import Learning

/// `switchyard train dqn`: a policy for the LLMRouter environment, by a dueling double deep Q-network.
struct TrainDQN: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dqn",
        abstract: "Train a policy in the LLMRouter environment by a dueling double deep Q-network.",
        discussion: """
            Writes OUTPUT.safetensors as train ppo does; --resume goes on from there with new episodes and nothing to \
            replay yet. Replay is carbon-aware: what is replayed is drawn the more often, the better the answer was for \
            each gram of CO2e (where a ledger knows it, else in proportion to dollars).
            """
    )

    @OptionGroup var world: EnvironmentOptions
    @OptionGroup var options: TrainingOptions
    @Option(help: "The file to write, without its suffix.") var output = "dqn_llm_router"
    @Option(help: "Steps that one change of the weights sees.") var batchSize = 64
    @Option(help: "Steps that are remembered.") var bufferSize = 50_000
    @Option(help: "What a reward is worth a step later.") var discount: Float?
    @Option(help: "The size of changes at first; it falls to 0.") var learningRate: Float?

    func run() async throws {
        try await reportingFailures {
            let world = try world.settings()
            var settings = DQNSettings.usual(for: world)
            settings.environments = options.environments
            (settings.learning.batchSize, settings.learning.bufferCapacity) = (batchSize, bufferSize)
            settings.learning.discount = discount ?? settings.learning.discount
            settings.learning.learningRate = learningRate ?? settings.learning.learningRate
            settings.learning.seed = options.seed
            let training = try DQNTraining(world, totalSteps: options.totalTimesteps, settings: settings)
            try await TrainingRun(options, output: output).run(training, in: world)
        }
    }
}
