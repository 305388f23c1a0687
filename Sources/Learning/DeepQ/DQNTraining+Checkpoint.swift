internal import Environment
internal import Neural
public import Routing

extension DQNTraining {
    private static let prefix = "training/"
    private static let rewards = "rewards"

    /// A policy with all that is needed to go on but for what was experienced: the one given, or else the one as it stands.
    public func checkpoint(policy best: PolicyNetwork? = nil) -> PolicyFile {
        let learned = learner.state
        let state = TrainingState(
            tensors: learned.tensors.renamed(Self.prefix),
            updateCount: learned.stepCount,
            stepCount: progress.stepCount,
            observations: moments.observations,
            rewards: moments.rewards
        )
        return PolicyFile(
            best ?? policy,
            of: Self.agent,
            world: world,
            seed: settings.learning.seed,
            progress: progress,
            state: state,
            rewards: Self.rewards
        )
    }

    /// Goes on from a ``checkpoint(policy:)`` of a training of the same shape, with new episodes and nothing to replay yet.
    ///
    /// - Throws: ``TrainingError/checkpointDoesNotFit``; nothing has changed then.
    public func resume(_ file: PolicyFile) throws(TrainingError) {
        let state = try file.state(of: Self.agent, width: world.observationSize, rewards: Self.rewards)
        let tensors = state.tensors.named(Self.prefix)
        try learner.restore((tensors, state.updateCount, settings.learning.explorationEnd))
        moments = (state.observations, state.rewards)
        progress.resume(at: state.stepCount)
        play.begin(after: state.stepCount)
    }
}
