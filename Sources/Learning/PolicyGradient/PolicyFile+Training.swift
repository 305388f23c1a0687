internal import Environment
internal import Neural
internal import Routing

/// What a training in environments saves beside its policy, to go on by, whatever it learns by.
struct TrainingState {
    /// Its networks and the optimiser's moments, by names of its own.
    var tensors: [String: Matrix]
    /// Steps of the optimiser.
    var updateCount: Int
    /// Steps in environments.
    var stepCount: Int
    /// Of observations.
    var observations: RunningMoments
    /// Of rewards, or of what is made of them.
    var rewards: RunningMoments
}

extension PolicyFile {
    /// A policy with the state of its training, whose second moments are called `rewards`.
    init(
        _ policy: PolicyNetwork,
        of agent: String,
        world: EnvironmentSettings,
        seed: UInt64,
        progress: TrainingSteps,
        state: TrainingState,
        rewards: String
    ) {
        var metadata = ["steps": "\(state.stepCount)", "total_steps": "\(progress.totalSteps)", "seed": "\(seed)"]
        if let meanReward = progress.meanReward { metadata["mean_reward"] = "\(meanReward)" }
        if let meanCost = progress.meanCost { metadata["mean_cost"] = "\(meanCost)" }
        metadata["optimiser_steps"] = "\(state.updateCount)"
        metadata["seen"] = "\(state.observations.count) \(state.rewards.count)"
        var tensors = state.tensors
        tensors["moments/observations"] = state.observations.matrix
        tensors["moments/\(rewards)"] = state.rewards.matrix
        self.init(policy, of: agent, world: world, metadata: metadata, tensors: tensors)
    }

    /// The state of a training by `agent` on observations of this width, as it was saved.
    ///
    /// - Throws: ``TrainingError/checkpointDoesNotFit`` if it is of something else, or not whole.
    func state(of agent: String, width: Int, rewards: String) throws(TrainingError) -> TrainingState {
        func count(_ name: String) -> Int? { metadata[name].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }
        let seen = (metadata["seen"] ?? "").split(separator: " ").compactMap { Double($0) }
        guard self.agent == agent, let steps = count("steps"), let updates = count("optimiser_steps"), seen.count == 2,
            let first = RunningMoments(tensors["moments/observations"], count: seen[0]), first.means.count == width,
            let second = RunningMoments(tensors["moments/\(rewards)"], count: seen[1]), second.means.count == 1
        else { throw .checkpointDoesNotFit }
        return TrainingState(
            tensors: tensors,
            updateCount: updates,
            stepCount: steps,
            observations: first,
            rewards: second
        )
    }
}

extension [String: Matrix] {
    /// Those whose names begin with `prefix`, without it.
    func named(_ prefix: String) -> [String: Matrix] {
        reduce(into: [:]) { found, entry in
            if entry.key.hasPrefix(prefix) { found[String(entry.key.dropFirst(prefix.count))] = entry.value }
        }
    }

    /// All of them, with `prefix` before their names.
    func renamed(_ prefix: String) -> [String: Matrix] { reduce(into: [:]) { $0[prefix + $1.key] = $1.value } }
}

extension RunningMoments {
    /// Means above variances.
    fileprivate var matrix: Matrix {
        Matrix(rows: 2, columns: means.count, values: [means, variances].flatMap { $0.map { Float($0) } })
    }

    /// What a checkpoint has of ``matrix``; `nil` if it is no such thing.
    fileprivate init?(_ matrix: Matrix?, count: Double) {
        guard let matrix, matrix.rows == 2, matrix.values.allSatisfy(\.isFinite), count >= 0, count.isFinite else {
            return nil
        }
        self.init(count: count, means: matrix[row: 0].map { Double($0) }, variances: matrix[row: 1].map { Double($0) })
    }
}
