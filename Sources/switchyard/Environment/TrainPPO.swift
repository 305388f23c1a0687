import ArgumentParser
import Environment
import Learning

/// `switchyard train ppo`: a policy for the LLMRouter environment, by proximal policy optimisation.
struct TrainPPO: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ppo",
        abstract: "Train a policy in the LLMRouter environment by proximal policy optimisation.",
        discussion: """
            Writes OUTPUT.safetensors, the policy that did best in an evaluation with all that is needed to go on, after \
            every evaluation, at the end and at Ctrl-C; --resume goes on from there. evaluate baselines plays it beside \
            rules that need no training, and a gateway serves it as a router of kind policy.
            """
    )

    @OptionGroup var world: EnvironmentOptions
    @OptionGroup var options: TrainingOptions
    @Option(help: "The file to write, without its suffix.") var output = "ppo_llm_router"
    @Option(help: "Steps of each environment between updates.") var nSteps = 256
    @Option(help: "Steps that one change of the weights sees.") var batchSize = 64
    @Option(help: "How often each step is learned from.") var epochs = 10
    @Option(help: "The size of changes at first; it falls to 0.") var learningRate: Float = 3e-4

    func run() async throws {
        try await reportingFailures {
            let world = try world.settings()
            var settings = PPOSettings.usual(for: world)
            (settings.environments, settings.rolloutSteps) = (options.environments, nSteps)
            (settings.batchSize, settings.epochs) = (batchSize, epochs)
            (settings.learningRate, settings.seed) = (learningRate, options.seed)
            let training = try PPOTraining(world, totalSteps: options.totalTimesteps, settings: settings)
            try await TrainingRun(options, output: output).run(training, in: world)
        }
    }
}
