internal import Neural

extension PPOTraining {
    /// A policy with all that is needed to go on: the one given, or else the one as it stands.
    public func checkpoint(policy best: PolicyNetwork? = nil) -> PolicyFile {
        var tensors: [String: Matrix] = [:]
        for parameter in networks.parameters { tensors["training/\(parameter.name)"] = parameter.value }
        for (name, value) in optimiser.state { tensors["optimiser/\(name)"] = value }
        for (name, moments) in [("observations", self.moments.observations), ("returns", self.moments.returns)] {
            let rows = [moments.means, moments.variances].flatMap { $0.map { Float($0) } }
            tensors["moments/\(name)"] = Matrix(rows: 2, columns: moments.means.count, values: rows)
        }
        var metadata = [
            "steps": "\(progress.stepCount)", "total_steps": "\(progress.totalSteps)", "seed": "\(settings.seed)",
            "optimiser_steps": "\(optimiser.stepCount)",
            "seen": "\(moments.observations.count) \(moments.returns.count)",
        ]
        if let reward = progress.meanReward { metadata["mean_reward"] = "\(reward)" }
        if let cost = progress.meanCost { metadata["mean_cost"] = "\(cost)" }
        return PolicyFile(best ?? policy, world: world, metadata: metadata, tensors: tensors)
    }

    /// Goes on from a ``checkpoint(policy:)`` of a training of the same shape, with new episodes.
    ///
    /// - Throws: ``TrainingError/checkpointDoesNotFit``; nothing has changed then.
    public func resume(_ file: PolicyFile) throws(TrainingError) {
        let prefix = "optimiser/"
        let saved = file.tensors.filter { $0.key.hasPrefix(prefix) }
        let state = Dictionary(uniqueKeysWithValues: saved.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        let seen = (file.metadata["seen"] ?? "").split(separator: " ").compactMap { Double($0) }
        let values = networks.parameters.map { file.tensors["training/\($0.name)"] }
        let fits = zip(networks.parameters, values).allSatisfy { $1?.hasShape(of: $0.value) ?? false }
        guard fits, seen.count == 2, let steps = file.metadata["steps"].flatMap({ Int($0) }), steps >= 0,
            let observations = RunningMoments(file.tensors["moments/observations"], count: seen[0]),
            observations.means.count == moments.observations.means.count,
            let returns = RunningMoments(file.tensors["moments/returns"], count: seen[1]), returns.means.count == 1,
            let updates = file.metadata["optimiser_steps"].flatMap({ Int($0) }),
            optimiser.restore(state, stepCount: updates)
        else { throw .checkpointDoesNotFit }
        for (parameter, value) in zip(networks.parameters, values) { parameter.value = value ?? parameter.value }
        moments = (observations, returns)
        progress.resume(at: steps)
        begin()
    }
}

extension RunningMoments {
    /// What a checkpoint has: means above variances.
    fileprivate init?(_ matrix: Matrix?, count: Double) {
        guard let matrix, matrix.rows == 2, matrix.values.allSatisfy(\.isFinite), count >= 0, count.isFinite else {
            return nil
        }
        self.init(count: count, means: matrix[row: 0].map { Double($0) }, variances: matrix[row: 1].map { Double($0) })
    }
}
