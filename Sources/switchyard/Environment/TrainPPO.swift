import ArgumentParser
import Environment
import Foundation
import Learning

/// `switchyard train ppo`: a policy for the LLMRouter environment, by proximal policy optimisation.
struct TrainPPO: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ppo",
        abstract: "Train a policy in the LLMRouter environment by proximal policy optimisation.",
        discussion: """
            Writes OUTPUT.safetensors, the policy that did best in an evaluation with all that is needed to go on, after \
            every evaluation, at the end and at Ctrl-C; --resume goes on from there. evaluate baselines plays it beside rules that need no training.
            """
    )

    @OptionGroup var world: EnvironmentOptions
    @Option(help: "Steps of all environments together.") var totalTimesteps = 100_000
    @Option(help: "Decides all chance.") var seed: UInt64 = 0
    @Option(help: "The file to write, without its suffix.") var output = "ppo_llm_router"
    @Option(help: "Steps between two evaluations, of 10 episodes each.") var evalFreq = 10_000
    @Option(help: "Environments side by side.") var environments = 8
    @Option(help: "Steps of each environment between updates.") var nSteps = 256
    @Option(help: "Steps that one change of the weights sees.") var batchSize = 64
    @Option(help: "How often each step is learned from.") var epochs = 10
    @Option(help: "The size of changes at first; it falls to 0.") var learningRate: Float = 3e-4
    @Flag(help: "Go on from OUTPUT.safetensors.") var resume = false

    func validate() throws {
        guard totalTimesteps >= 1, evalFreq >= 1 else {
            throw ValidationError("--total-timesteps and --eval-freq are at least 1")
        }
    }

    func run() async throws {
        try await reportingFailures {
            let training = try PPOTraining(world.settings, totalSteps: totalTimesteps, settings: settings)
            if resume { try training.resume(PolicyFile(path: path)) }
            let interruption = await Interruption.watch()
            var bar = ProgressBar("training ppo", unit: "steps")
            var curve = try TrainingCurve(world.settings, every: evalFreq, from: training.progress.stepCount)
            let begun = training.progress.stepCount
            var problem: (any Error)?
            let isDone = try training.run { progress in
                bar.show(progress.share, count: progress.stepCount - begun, note: Self.note(progress))
                do {
                    if try curve.add(training) { try training.checkpoint(policy: curve.best).write(to: path) }
                } catch {
                    problem = error
                }
                return problem == nil && !interruption.isWanted
            }
            bar.end()
            if let problem { throw problem }
            try training.checkpoint(policy: curve.best).write(to: path)
            for point in curve.points {
                print(String(format: "%d steps: reward %.1f, cost $%.2f", point.steps, point.reward, point.cost))
            }
            guard isDone else { throw TrainingError.unusable("interrupted; go on with --resume") }
            print("\(path): play it with switchyard evaluate baselines --model-path \(path)")
        }
    }

    private var path: String { output.hasSuffix(".safetensors") ? output : output + ".safetensors" }

    private var settings: PPOSettings {
        var settings = PPOSettings.usual(for: world.settings)
        (settings.environments, settings.rolloutSteps) = (environments, nSteps)
        (settings.batchSize, settings.epochs) = (batchSize, epochs)
        (settings.learningRate, settings.seed) = (learningRate, seed)
        return settings
    }

    private static func note(_ progress: PPOTraining.Progress) -> String {
        guard let reward = progress.meanReward, let cost = progress.meanCost else { return "no episode has ended" }
        return String(format: "reward %.1f, cost $%.2f, entropy %.2f", reward, cost, progress.entropy)
    }
}
