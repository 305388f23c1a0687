import Environment
import Foundation
import Neural
import Routing
import Testing

@testable import Learning

@Suite struct PPOTrainingTests {
    /// A world in which the second of two models is right, and the first one is late.
    private static var world: EnvironmentSettings {
        var models = Array(ModelConfig.presets[0...1])
        models[1].latencyStandardDeviation = 0.01
        var world = EnvironmentSettings(models: models, reward: .published, dynamics: .upstream)
        world.episodeLength = 50
        return world
    }

    private static var settings: PPOSettings {
        var settings = PPOSettings()
        (settings.environments, settings.rolloutSteps, settings.epochs) = (4, 64, 4)
        (settings.learningRate, settings.hidden) = (3e-3, [8])
        return settings
    }

    @Test func learnsWhatIsRight() throws {
        let training = try PPOTraining(Self.world, totalSteps: 3000, settings: Self.settings)
        var reports = 0
        #expect(
            try training.run { _ in
                reports += 1; return true
            }
        )
        #expect(reports == 12)
        #expect(training.progress.stepCount == 3072)
        var agent = PolicyAgent(training.policy)
        var environment = try RouterEnvironment(Self.world)
        #expect(try Episode(of: &agent, in: &environment, seed: 9).choices == [0, 50])
        // Chance earns −28 an episode; while it learns, it still tries both.
        #expect(training.progress.meanReward ?? -100 > 0)
    }

    @Test func equalSeedsGiveEqualWeights() throws {
        let networks = try [UInt64(1), 1, 2].map { seed in
            var settings = Self.settings
            settings.seed = seed
            let training = try PPOTraining(Self.world, totalSteps: 500, settings: settings)
            _ = try training.run { _ in true }
            return training.policy
        }
        #expect(networks[0] == networks[1])
        #expect(networks[0] != networks[2])
    }

    /// What is folded into the first layer is what the networks learn from.
    @Test func foldingStandardizes() {
        let networks = ActorCritic(inputs: 2, actions: 3, hidden: [4], seed: 3)
        var moments = RunningMoments(width: 2)
        moments.add(rows: [1, 5, 3, 9, 8, 7])
        let observation: [Float] = [2, 6]
        let standardized = observation.indices.map {
            (observation[$0] - Float(moments.means[$0])) * Float(moments.scales[$0])
        }
        let learned = networks.actor.forward(Matrix(rows: 1, columns: 2, values: standardized))
        for (found, wanted) in zip(networks.actor.network(moments)(observation), learned.values) {
            #expect(abs(found - wanted) < 1e-6)
        }
    }

    @Test(arguments: [(3, 5), (5, 3), (4, 4)])
    func firstWeightsAreOrthogonal(rows: Int, columns: Int) {
        let networks = ActorCritic(inputs: columns, actions: 2, hidden: [rows], seed: 5)
        let weight = networks.actor.parameters[0].value
        let gram = Matrix.product(weight, weight, transposing: rows <= columns ? .right : .left)
        for row in 0..<gram.rows {
            for column in 0..<gram.columns { #expect(abs(gram[row, column] - (row == column ? 2 : 0)) < 1e-5) }
        }
    }

    /// A training that was stopped ends where it should, and its file plays as it did.
    @Test func goesOnFromItsFile() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ppo-\(UUID().uuidString).safetensors").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let stopped = try PPOTraining(Self.world, totalSteps: 2000, settings: Self.settings)
        #expect(try !stopped.run { $0.stepCount < 1000 })
        try stopped.checkpoint().write(to: path)
        let file = try PolicyFile(path: path)
        #expect(file.network == stopped.policy)
        #expect(file.policy.models == ["tier1_large", "tier1_small"])
        #expect(file.fits(Self.world) && !file.fits(.v1))
        let resumed = try PPOTraining(Self.world, totalSteps: 2000, settings: Self.settings)
        try resumed.resume(file)
        #expect(resumed.progress.stepCount == 1024)
        #expect(resumed.policy == stopped.policy)
        #expect(try resumed.run { _ in true })
        #expect(resumed.progress.stepCount == 2048)
        #expect(resumed.policy != stopped.policy)
    }

    /// A point for each interval and one at the end; the best policy is that of the highest point.
    @Test func theBestPolicyIsKept() throws {
        let training = try PPOTraining(Self.world, totalSteps: 1500, settings: Self.settings)
        var curve = try TrainingCurve(Self.world, every: 500, from: 0)
        var policies: [PolicyNetwork] = []
        _ = try training.run { _ in
            if (try? curve.add(training)) == true { policies.append(training.policy) }
            return true
        }
        #expect(curve.points.map(\.steps) == [512, 1024, 1536])
        let rewards = curve.points.map(\.reward)
        let highest = try #require(rewards.firstIndex(of: rewards.max() ?? 0))
        #expect(curve.best == policies[highest])
    }

    @Test func anotherFileIsRefused() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ppo-\(UUID().uuidString).safetensors").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: TrainingError.self) { try PolicyFile(path: path) }
        let training = try PPOTraining(Self.world, totalSteps: 10, settings: Self.settings)
        try training.checkpoint().write(to: path)
        let bytes = try Data(contentsOf: URL(filePath: path))
        try bytes.prefix(bytes.count - 100).write(to: URL(filePath: path))
        #expect(throws: TrainingError.self) { try PolicyFile(path: path) }
        try Safetensors.write(["other": Safetensors.Tensor([1])], to: path)
        #expect(throws: TrainingError.self) { try PolicyFile(path: path) }
        var wider = Self.settings
        wider.hidden = [9]
        let other = try PPOTraining(Self.world, totalSteps: 10, settings: wider)
        #expect(throws: TrainingError.checkpointDoesNotFit) { try other.resume(training.checkpoint()) }
    }

    @Test func settingsThatMakeNoSenseAreRefused() {
        for change: (inout PPOSettings) -> Void in [
            { $0.batchSize = 0 }, { $0.learningRate = 0 }, { $0.discount = 1.1 }, { $0.clipRange = .nan },
            { $0.hidden = [0] },
        ] {
            var settings = Self.settings
            change(&settings)
            #expect(throws: TrainingError.self) { try PPOTraining(Self.world, totalSteps: 10, settings: settings) }
        }
    }
}
