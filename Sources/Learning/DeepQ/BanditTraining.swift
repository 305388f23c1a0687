import Domain
import Neural
import Routing

/// A deep Q-network that learns to route: each prompt is an episode of one step, and the model is the action.
///
/// The outcomes tell what every model would have answered, so each prompt is experienced with every model; one that was
/// learned from the ledger, where only the chosen model has a score, has that one alone. Classes are actions that earn 1 if
/// right.
final class BanditTraining: MemberTraining {
    private let features: Matrix
    private let scores: Matrix
    private let reward: RoutingReward?
    private let examples: [Int]
    private let validation: [Int]
    private let patience: Int
    private let settings: DeepQSettings
    private let learner: DeepQLearner
    private var progress: TrainingProgress
    private var best: [Matrix]

    init(
        features: Matrix,
        targets: TrainingTargets,
        reward: RoutingReward?,
        examples: [Int],
        validation: [Int],
        epochs: Int,
        patience: Int,
        settings: DeepQSettings
    ) {
        self.features = features
        self.examples = examples
        self.validation = validation
        self.patience = patience
        self.settings = settings
        switch targets {
        case .classes(let labels, let count):
            scores = .oneHot(labels, classes: count)
            self.reward = nil
        case .scores(let matrix):
            scores = matrix
            self.reward = reward
        }
        learner = DeepQLearner(inputs: features.columns, actions: scores.columns, settings: settings)
        progress = TrainingProgress(stepsPerEpoch: examples.count, epochs: epochs)
        best = learner.online.parameters.map(\.value)
    }

    /// The values, told as qualities: what a model's efficiency adds to its reward is taken off again.
    var layers: [DenseLayer] {
        var layers = learner.online.denseLayers
        guard let reward else { return layers }
        let last = layers.count - 1
        layers[last].weight = layers[last].weight.scaled(by: 1 / reward.weights.quality)
        for model in 0..<scores.columns {
            layers[last].bias[0, model] = reward.quality(model: model, reward: layers[last].bias[0, model])
        }
        return layers
    }

    func run(while goesOn: (TrainingProgress) -> Bool) -> Bool {
        while progress.epoch < progress.epochs, progress.epochsSinceBest < max(1, patience) {
            let order = order(ofEpoch: progress.epoch)
            while progress.step < order.count {
                experience(order[progress.step])
                progress.add(learner.learn() ?? 0)
                guard goesOn(progress) else { return false }
            }
            if progress.endEpoch(validationLoss: validationLoss()) || validation.isEmpty {
                best = learner.online.parameters.map(\.value)
            }
        }
        for (parameter, value) in zip(learner.online.parameters, best) { parameter.value = value }
        return true
    }

    private func order(ofEpoch epoch: Int) -> [Int] {
        var generator = SeededGenerator(seed: settings.seed &+ UInt64(truncatingIfNeeded: epoch) &* 0x9E37_79B9)
        return examples.shuffled(using: &generator)
    }

    private func experience(_ example: Int) {
        let state = Array(features[row: example])
        for model in 0..<scores.columns where !scores[example, model].isNaN {
            let quality = scores[example, model]
            learner.observe(
                Transition(state: state, action: model, reward: reward?(model: model, quality: quality) ?? quality),
                priority: reward?.priority(model: model, quality: quality) ?? 1
            )
        }
    }

    /// The mean squared error of the values of what wasn't learned from.
    private func validationLoss() -> Float {
        guard !validation.isEmpty else { return progress.meanLoss }
        var wanted = scores.selecting(validation)
        if let reward {
            for row in 0..<wanted.rows {
                for model in 0..<wanted.columns {
                    wanted[row, model] = reward(model: model, quality: wanted[row, model])
                }
            }
        }
        return Loss.meanSquaredError(learner.values(features.selecting(validation)), targets: wanted).value
    }

    func checkpoint() -> TrainingCheckpoint {
        let state = learner.state
        var tensors = state.tensors
        for (parameter, value) in zip(learner.online.parameters, best) { tensors["best/\(parameter.name)"] = value }
        return TrainingCheckpoint(tensors: tensors, progress: progress, stepCount: state.stepCount)
    }

    func resume(_ checkpoint: TrainingCheckpoint) throws(TrainingError) {
        let kept = learner.online.parameters.compactMap { checkpoint.tensors["best/\($0.name)"] }
        guard kept.count == best.count, checkpoint.progress.stepsPerEpoch == progress.stepsPerEpoch else {
            throw .checkpointDoesNotFit
        }
        try learner.restore((checkpoint.tensors, checkpoint.stepCount, settings.explorationEnd))
        best = kept
        let epochs = progress.epochs
        progress = checkpoint.progress
        progress.epochs = epochs
        // Experiences all again, without learning: the buffer is as it was, to the order of its places.
        for epoch in 0..<progress.epoch { order(ofEpoch: epoch).forEach(experience) }
        order(ofEpoch: progress.epoch).prefix(progress.step).forEach(experience)
    }
}
