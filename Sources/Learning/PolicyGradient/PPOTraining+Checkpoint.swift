internal import Neural
public import Routing

extension PPOTraining {
    /// A policy with all that is needed to go on: the one given, or else the one as it stands.
    public func checkpoint(policy best: PolicyNetwork? = nil) -> PolicyFile {
        var tensors: [String: Matrix] = [:]
        for parameter in networks.parameters { tensors["training/\(parameter.name)"] = parameter.value }
        for (name, value) in optimiser.state { tensors["optimiser/\(name)"] = value }
        tensors["moments/observations"] = moments.observations.matrix
        tensors["moments/returns"] = moments.returns.matrix
        var metadata = progress.metadata
        metadata["seed"] = "\(settings.seed)"
        metadata["optimiser_steps"] = "\(optimiser.stepCount)"
        metadata["seen"] = "\(moments.observations.count) \(moments.returns.count)"
        return PolicyFile(best ?? policy, of: Self.agent, world: world, metadata: metadata, tensors: tensors)
    }

    /// Goes on from a ``checkpoint(policy:)`` of a training of the same shape, with new episodes.
    ///
    /// - Throws: ``TrainingError/checkpointDoesNotFit``; nothing has changed then.
    public func resume(_ file: PolicyFile) throws(TrainingError) {
        let prefix = "optimiser/"
        let saved = file.tensors.filter { $0.key.hasPrefix(prefix) }
        let state = Dictionary(uniqueKeysWithValues: saved.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        let values = networks.parameters.map { file.tensors["training/\($0.name)"] }
        let fits = zip(networks.parameters, values).allSatisfy { $1?.hasShape(of: $0.value) ?? false }
        guard fits, file.agent == Self.agent, let steps = file.steps, let updates = file.optimiserSteps,
            let (observations, returns) = file.moments("observations", "returns"),
            observations.means.count == moments.observations.means.count, returns.means.count == 1,
            optimiser.restore(state, stepCount: updates)
        else { throw .checkpointDoesNotFit }
        for (parameter, value) in zip(networks.parameters, values) { parameter.value = value ?? parameter.value }
        moments = (observations, returns)
        progress.resume(at: steps)
        begin()
    }
}
