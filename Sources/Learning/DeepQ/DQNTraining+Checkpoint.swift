internal import Neural
public import Routing

extension DQNTraining {
    /// A policy with all that is needed to go on but for what was experienced: the one given, or else the one as it stands.
    public func checkpoint(policy best: PolicyNetwork? = nil) -> PolicyFile {
        let state = learner.state
        var tensors = state.tensors.reduce(into: [:]) { $0["training/\($1.key)"] = $1.value }
        tensors["moments/observations"] = moments.observations.matrix
        tensors["moments/rewards"] = moments.rewards.matrix
        var metadata = progress.metadata
        metadata["seed"] = "\(settings.learning.seed)"
        metadata["optimiser_steps"] = "\(state.stepCount)"
        metadata["seen"] = "\(moments.observations.count) \(moments.rewards.count)"
        return PolicyFile(best ?? policy, of: Self.agent, world: world, metadata: metadata, tensors: tensors)
    }

    /// Goes on from a ``checkpoint(policy:)`` of a training of the same shape, with new episodes and nothing to replay yet.
    ///
    /// - Throws: ``TrainingError/checkpointDoesNotFit``; nothing has changed then.
    public func resume(_ file: PolicyFile) throws(TrainingError) {
        let prefix = "training/"
        let saved = file.tensors.filter { $0.key.hasPrefix(prefix) }
        let tensors = Dictionary(uniqueKeysWithValues: saved.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        guard file.agent == Self.agent, let steps = file.steps, let updates = file.optimiserSteps,
            let (observations, rewards) = file.moments("observations", "rewards"),
            observations.means.count == moments.observations.means.count, rewards.means.count == 1
        else { throw .checkpointDoesNotFit }
        try learner.restore((tensors, updates, settings.learning.explorationEnd))
        moments = (observations, rewards)
        progress.resume(at: steps)
        begin()
    }
}

extension TrainingSteps {
    /// What a checkpoint tells of it.
    var metadata: [String: String] {
        var metadata = ["steps": "\(stepCount)", "total_steps": "\(totalSteps)"]
        if let meanReward { metadata["mean_reward"] = "\(meanReward)" }
        if let meanCost { metadata["mean_cost"] = "\(meanCost)" }
        return metadata
    }
}

extension PolicyFile {
    /// Steps taken when it was saved.
    var steps: Int? { metadata["steps"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }
    /// Steps of the optimiser until then.
    var optimiserSteps: Int? { metadata["optimiser_steps"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }

    /// Two of the moments that a training goes by.
    func moments(_ first: String, _ second: String) -> (RunningMoments, RunningMoments)? {
        let seen = (metadata["seen"] ?? "").split(separator: " ").compactMap { Double($0) }
        guard seen.count == 2, let one = RunningMoments(tensors["moments/\(first)"], count: seen[0]),
            let other = RunningMoments(tensors["moments/\(second)"], count: seen[1])
        else { return nil }
        return (one, other)
    }
}

extension RunningMoments {
    /// Means above variances.
    var matrix: Matrix {
        Matrix(rows: 2, columns: means.count, values: [means, variances].flatMap { $0.map { Float($0) } })
    }

    /// What a checkpoint has of ``matrix``; `nil` if it is no such thing.
    init?(_ matrix: Matrix?, count: Double) {
        guard let matrix, matrix.rows == 2, matrix.values.allSatisfy(\.isFinite), count >= 0, count.isFinite else {
            return nil
        }
        self.init(count: count, means: matrix[row: 0].map { Double($0) }, variances: matrix[row: 1].map { Double($0) })
    }
}
