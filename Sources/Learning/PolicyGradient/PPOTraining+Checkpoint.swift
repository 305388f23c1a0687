internal import Environment
internal import Neural
public import Routing

extension PPOTraining {
    private static let rewards = "returns"

    /// A policy with all that is needed to go on: the one given, or else the one as it stands.
    public func checkpoint(policy best: PolicyNetwork? = nil) -> PolicyFile {
        var tensors: [String: Matrix] = [:]
        for parameter in networks.parameters { tensors["training/\(parameter.name)"] = parameter.value }
        for (name, value) in optimiser.state { tensors["optimiser/\(name)"] = value }
        let state = TrainingState(
            tensors: tensors,
            updateCount: optimiser.stepCount,
            stepCount: progress.stepCount,
            observations: moments.observations,
            rewards: moments.returns
        )
        return PolicyFile(
            best ?? policy,
            of: Self.agent,
            world: world,
            seed: settings.seed,
            progress: progress,
            state: state,
            rewards: Self.rewards
        )
    }

    /// Goes on from a ``checkpoint(policy:)`` of a training of the same shape, with new episodes.
    ///
    /// - Throws: ``TrainingError/checkpointDoesNotFit``; nothing has changed then.
    public func resume(_ file: PolicyFile) throws(TrainingError) {
        let state = try file.state(of: Self.agent, width: world.observationSize, rewards: Self.rewards)
        let saved = state.tensors.named("training/")
        let values = networks.parameters.map { saved[$0.name] }
        let fits = zip(networks.parameters, values).allSatisfy { $1?.hasShape(of: $0.value) ?? false }
        guard fits, optimiser.restore(state.tensors.named("optimiser/"), stepCount: state.updateCount) else {
            throw .checkpointDoesNotFit
        }
        for (parameter, value) in zip(networks.parameters, values) { parameter.value = value ?? parameter.value }
        moments = (state.observations, state.rewards)
        progress.resume(at: state.stepCount)
        play.begin(after: state.stepCount)
    }
}
