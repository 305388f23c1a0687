import Domain
import Neural

/// Trains a network on examples, and keeps the weights that did best on others.
///
/// Deterministic: the order of examples and all chance follow from the seed and the step's number, so that training that
/// went on from a checkpoint ends with the same weights as one that was never interrupted.
public final class Trainer {
    private let network: any TrainableNetwork
    private let targets: TrainingTargets
    private let examples: [Int]
    private let validation: [Int]
    private let settings: TrainingSettings
    private let schedule: LearningRateSchedule
    private var optimiser: AdamW
    /// Where training stands.
    public private(set) var progress: TrainingProgress
    private var best: [Matrix]

    /// Training that begins with the weights that `network` has.
    ///
    /// - Parameters:
    ///   - network: What is trained.
    ///   - targets: What it is to say of all examples.
    ///   - examples: The numbers of those to learn from.
    ///   - validation: The numbers of those that decide which weights are best and when to stop; none keeps the last.
    ///   - settings: How it is trained.
    public init(
        _ network: any TrainableNetwork,
        targets: TrainingTargets,
        examples: [Int],
        validation: [Int],
        settings: TrainingSettings
    ) {
        self.network = network
        self.targets = targets
        self.examples = examples
        self.validation = validation
        self.settings = settings
        let stepsPerEpoch = (examples.count + settings.batchSize - 1) / max(1, settings.batchSize)
        let steps = settings.epochs * stepsPerEpoch
        schedule = LearningRateSchedule(
            peak: settings.learningRate,
            // So that a small set is learned from too.
            warmUpSteps: min(settings.warmUpSteps, steps / 4),
            totalSteps: max(1, steps)
        )
        var adam = AdamW.Settings()
        adam.weightDecay = settings.weightDecay
        optimiser = AdamW(network.parameters, settings: adam)
        progress = TrainingProgress(stepsPerEpoch: stepsPerEpoch, epochs: settings.epochs)
        best = network.parameters.map(\.value)
    }

    /// Trains to the end, or until `goesOn` says no; then the network has the best weights so far.
    ///
    /// - Parameter goesOn: Called after each step, with where training stands.
    /// - Returns: Whether training has ended; if not, ``checkpoint()`` saves it for another day.
    public func run(while goesOn: (TrainingProgress) -> Bool) -> Bool {
        while progress.epoch < settings.epochs, progress.epochsSinceBest < max(1, settings.patience) {
            let order = order(ofEpoch: progress.epoch)
            while progress.step < progress.stepsPerEpoch {
                let start = progress.step * settings.batchSize
                step(Array(order[start..<min(order.count, start + settings.batchSize)]))
                guard goesOn(progress) else { return false }
            }
            endEpoch()
        }
        for (parameter, value) in zip(network.parameters, best) { parameter.value = value }
        return true
    }

    private func order(ofEpoch epoch: Int) -> [Int] {
        var mixed = SeededGenerator(seed: settings.seed)
        var generator = SeededGenerator(seed: mixed.next() ^ UInt64(truncatingIfNeeded: epoch))
        return examples.shuffled(using: &generator)
    }

    private func step(_ batch: [Int]) {
        network.chance.begin(step: optimiser.stepCount, of: settings.seed)
        let output = network.forward(batch, .training)
        let loss = loss(output, batch)
        network.backward(logits: loss.logits, embeddings: loss.embeddings)
        optimiser.parameters.clipGradients(normMax: settings.gradientNormMax)
        optimiser.step(learningRate: schedule.rate(atStep: optimiser.stepCount))
        progress.add(loss.value)
    }

    private func loss(_ output: NetworkOutput, _ batch: [Int]) -> (value: Float, logits: Matrix, embeddings: Matrix?) {
        var loss: (value: Float, logits: Matrix, embeddings: Matrix?)
        switch targets {
        case .classes(let labels, _):
            loss = settings.loss(output, labels: batch.map { labels[$0] })
        case .scores(let scores):
            let binary = Loss.binaryCrossEntropy(output.logits, targets: scores.selecting(batch))
            // Summed over the models, so that a pool's size doesn't change how fast is learned.
            loss = (binary.value, binary.gradient.scaled(by: Float(scores.columns)), nil)
        }
        guard let mixture = settings.mixture else { return loss }
        let gate = SparseGate(output.logits, mixture, using: &network.chance.generator)
        let balance = Loss.loadBalance(gate.gates)
        loss.value += mixture.balanceWeight * balance.value
        loss.logits.add(gate.backward(balance.gradient).scaled(by: mixture.balanceWeight))
        return loss
    }

    private func endEpoch() {
        let loss = validation.isEmpty ? progress.meanLoss : validationLoss()
        if progress.endEpoch(validationLoss: loss) || validation.isEmpty { best = network.parameters.map(\.value) }
    }

    /// Cross-entropy on the validation set, whatever the training's own loss: the losses stay comparable.
    private func validationLoss() -> Float {
        var total: Double = 0
        for start in stride(from: 0, to: validation.count, by: 64) {
            let batch = Array(validation[start..<min(validation.count, start + 64)])
            let logits = network.forward(batch, .inference).logits
            let loss =
                switch targets {
                case .classes(let labels, _): Loss.crossEntropy(logits, labels: batch.map { labels[$0] }).value
                case .scores(let scores): Loss.binaryCrossEntropy(logits, targets: scores.selecting(batch)).value
                }
            total += Double(loss) * Double(batch.count)
        }
        return Float(total / Double(validation.count))
    }

    /// All that is needed to go on later.
    public func checkpoint() -> TrainingCheckpoint {
        var tensors: [String: Matrix] = [:]
        for (parameter, best) in zip(network.parameters, best) {
            tensors["value/\(parameter.name)"] = parameter.value
            tensors["best/\(parameter.name)"] = best
        }
        for (name, value) in optimiser.state { tensors["optimiser/\(name)"] = value }
        return TrainingCheckpoint(tensors: tensors, progress: progress, stepCount: optimiser.stepCount)
    }

    /// Goes on from a checkpoint of the same network.
    ///
    /// - Throws: ``TrainingError/checkpointDoesNotFit`` for one of another network; nothing is changed then.
    public func resume(_ checkpoint: TrainingCheckpoint) throws(TrainingError) {
        var (values, best): ([Matrix], [Matrix]) = ([], [])
        for parameter in network.parameters {
            guard let value = checkpoint.tensors["value/\(parameter.name)"],
                let kept = checkpoint.tensors["best/\(parameter.name)"],
                value.hasShape(of: parameter.value), kept.hasShape(of: parameter.value)
            else { throw .checkpointDoesNotFit }
            values.append(value)
            best.append(kept)
        }
        guard checkpoint.progress.stepsPerEpoch == progress.stepsPerEpoch,
            optimiser.restore(checkpoint.tensors.named("optimiser/"), stepCount: checkpoint.stepCount)
        else { throw .checkpointDoesNotFit }
        for (parameter, value) in zip(network.parameters, values) { parameter.value = value }
        self.best = best
        progress = checkpoint.progress
        progress.epochs = settings.epochs
    }
}

extension Matrix {
    func scaled(by factor: Float) -> Matrix {
        Matrix(rows: rows, columns: columns, values: values.map { $0 * factor })
    }
}
