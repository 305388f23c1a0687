import Environment
import Foundation
import Neural
import Routing
import Testing

@testable import Learning

@Suite struct DQNTrainingTests {
    /// A world in which the second of two models is right, and the first one is late.
    private static let world = {
        let models = Array(ModelConfig.presets[0...1])
        var world = EnvironmentSettings(models: models, reward: .published, dynamics: .upstream)
        world.episodeLength = 100
        return world
    }()

    private static func settings(seed: UInt64) -> DQNSettings {
        var settings = DQNSettings.usual(for: world)
        (settings.environments, settings.warmupSteps, settings.learning.batchSize) = (2, 200, 32)
        (settings.learning.shape.hidden, settings.learning.seed) = ([16], seed)
        return settings
    }

    private static func training(_ steps: Int, seed: UInt64 = 1) throws -> DQNTraining {
        try DQNTraining(world, totalSteps: steps, settings: settings(seed: seed))
    }

    @Test func learnsWhichModelIsRight() throws {
        let training = try Self.training(3072)
        #expect(try training.run { _ in true })
        #expect(training.progress.stepCount == 3072 && training.progress.meanReward ?? -100 > 0)
        var agent = PolicyAgent(training.policy)
        var environment = try RouterEnvironment(Self.world)
        let episode = try Episode(of: &agent, in: &environment, seed: 9)
        #expect(episode.choices[1] > 95)
    }

    /// The policy in use is the network that learns, with what observations are standardized by folded in, and both streams.
    @Test func thePolicyIsTheNetwork() throws {
        let training = try Self.training(1024)
        _ = try training.run { _ in true }
        var environment = try RouterEnvironment(Self.world)
        for seed in 0..<20 {
            environment.reset(seed: UInt64(seed))
            let shown = environment.observation
            let scaled = training.moments.observations.standardized(shown)
            let values = training.learner.values(Matrix(rows: 1, columns: scaled.count, values: scaled)).values
            for (one, other) in zip(training.policy(shown), values) { #expect(abs(one - other) < 1e-3) }
        }
    }

    @Test func theSameSeedGivesTheSamePolicy() throws {
        let policies = try (0..<2).map { _ in
            let training = try Self.training(1024, seed: 5)
            _ = try training.run { _ in true }
            return training.policy
        }
        #expect(policies[0] == policies[1])
    }

    @Test func goesOnFromAFile() throws {
        let path = NSTemporaryDirectory() + "/dqn-\(UUID()).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let training = try Self.training(2048)
        #expect(try !training.run { $0.stepCount < 1024 })
        try training.checkpoint().write(to: path)
        let file = try PolicyFile(path: path)
        #expect(file.agent == "dqn" && file.network == training.policy && file.fits(Self.world))
        let resumed = try Self.training(2048)
        try resumed.resume(file)
        #expect(resumed.progress.stepCount == 1024 && resumed.policy == training.policy)
        #expect(try resumed.run { _ in true })
        #expect(resumed.progress.stepCount == 2048 && resumed.policy != training.policy)
        // Neither goes on from the other's.
        let other = try PPOTraining(Self.world, totalSteps: 64, settings: PPOSettings())
        #expect(throws: TrainingError.checkpointDoesNotFit) { try other.resume(file) }
        #expect(throws: TrainingError.checkpointDoesNotFit) { try resumed.resume(other.checkpoint()) }
    }

    @Test func nonsenseIsRefused() {
        for change: (inout DQNSettings) -> Void in [
            { $0.environments = 0 }, { $0.learning.batchSize = 0 }, { $0.learning.bufferCapacity = 3 },
            { $0.learning.learningRate = .nan }, { $0.learning.discount = 2 }, { $0.explorationShare = -1 },
        ] {
            var settings = Self.settings(seed: 1)
            change(&settings)
            #expect(throws: TrainingError.self) { try DQNTraining(Self.world, totalSteps: 10, settings: settings) }
        }
    }
}
