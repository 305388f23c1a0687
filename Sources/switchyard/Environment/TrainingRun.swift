import ArgumentParser
import Environment
import Foundation
import Learning

/// What all trainings in the environment are told.
struct TrainingOptions: ParsableArguments {
    @Option(help: "Steps of all environments together.") var totalTimesteps = 100_000
    @Option(help: "Decides all chance.") var seed: UInt64 = 0
    @Option(help: "Steps between two evaluations, of 10 episodes each.") var evalFreq = 10_000
    @Option(help: "Environments side by side.") var environments = 8
    @Flag(help: "Go on from OUTPUT.safetensors.") var resume = false

    func validate() throws {
        guard totalTimesteps >= 1, evalFreq >= 1 else {
            throw ValidationError("--total-timesteps and --eval-freq are at least 1")
        }
    }
}

/// One training at a terminal: a bar, evaluations, a file that is always whole, and Ctrl-C.
struct TrainingRun {
    let options: TrainingOptions
    /// The file to write.
    let path: String

    /// - Parameters:
    ///   - options: What was asked for.
    ///   - output: The file to write, with or without its suffix.
    init(_ options: TrainingOptions, output: String) {
        self.options = options
        path = output.hasSuffix(".safetensors") ? output : output + ".safetensors"
    }

    /// Trains to the end, or until somebody interrupts; what was reached is in the file either way.
    func run(_ training: some EnvironmentTraining, in world: EnvironmentSettings) async throws {
        if options.resume { try training.resume(PolicyFile(path: path)) }
        let interruption = await Interruption.watch()
        var bar = ProgressBar("training \(type(of: training).agent)", unit: "steps")
        let begun = training.progress.stepCount
        var curve = try TrainingCurve(world, every: options.evalFreq, from: begun)
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
            print(String(format: "%d steps: reward %.1f, cost $%.4g", point.steps, point.reward, point.cost))
        }
        guard isDone else { throw TrainingError.unusable("interrupted; go on with --resume") }
        print("\(path): play it with switchyard evaluate baselines --model-path \(path)")
    }

    private static func note(_ progress: TrainingSteps) -> String {
        guard let reward = progress.meanReward, let cost = progress.meanCost else { return "no episode has ended" }
        let entropy = progress.entropy > 0 ? String(format: ", entropy %.2f", progress.entropy) : ""
        return String(format: "reward %.1f, cost $%.4g", reward, cost) + entropy
    }
}
