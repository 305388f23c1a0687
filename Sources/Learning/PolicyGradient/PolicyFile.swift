public import Environment
internal import Neural
public import Routing

/// A trained policy on disk: what a gateway loads as a router of `kind: policy`, with what was found while it was trained.
///
/// While a training is under way the file also holds what it needs to go on: its networks as they learn, the optimiser's
/// moments, and the means of what was seen.
public struct PolicyFile: Sendable {
    /// The policy.
    public let policy: TrainedPolicy
    /// What else is known of it, such as `total_steps`, `seed` and `mean_reward`.
    public let metadata: [String: String]
    let tensors: [String: Matrix]

    /// The layers of the policy.
    public var network: PolicyNetwork { policy.network }
    /// How it was trained: `ppo` or `dqn`.
    public var agent: String { metadata["agent"] ?? "ppo" }

    init(
        _ network: PolicyNetwork,
        of agent: String,
        world: EnvironmentSettings,
        metadata: [String: String],
        tensors: [String: Matrix]
    ) {
        policy = TrainedPolicy(
            network,
            models: world.models.map(\.name),
            observation: TrainedPolicy.Observation(
                tokensOfFullLength: world.traffic.tokensOfFullLength,
                maxQueueDepth: world.maxQueueDepth,
                includesQualityRequired: world.includesQualityRequired,
                includesStepsRemaining: world.includesStepsRemaining
            )
        )
        self.metadata = metadata.merging(["agent": agent]) { _, agent in agent }
        self.tensors = tensors
    }

    /// Reads a file.
    ///
    /// - Throws: ``TrainingError/unreadable(_:)`` if it isn't there, or is no policy.
    public init(path: String) throws(TrainingError) {
        do throws(FileError) {
            let file = try SafetensorsFile(path: path)
            var tensors: [String: Matrix] = [:]
            for name in file.tensors.keys { tensors[name] = try file.matrix(name) }
            policy = try TrainedPolicy(file)
            (self.tensors, metadata) = (tensors, file.metadata)
        } catch {
            throw .unreadable("\(path): \(error.message)")
        }
    }

    /// Writes it; whoever reads the file meanwhile sees the one before.
    ///
    /// - Throws: ``TrainingError/unwritable(_:)``.
    public func write(to path: String) throws(TrainingError) {
        let all = tensors.merging(policy.network.tensors) { _, present in present }
        do throws(FileError) {
            try Safetensors.write(
                all.mapValues { Safetensors.Tensor($0) },
                metadata: metadata.merging(policy.metadata) { _, present in present },
                to: path
            )
        } catch {
            throw .unwritable("\(path): \(error.message)")
        }
    }

    /// Whether it can play in a world: the same models in the same order, and the same observations.
    public func fits(_ world: EnvironmentSettings) -> Bool {
        policy.models == world.models.map(\.name) && network.inputs == world.observationSize
    }
}
