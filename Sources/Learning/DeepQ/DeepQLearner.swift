public import Domain
public import Neural

/// Learns what each action is worth in each state, from steps of any environment: a double deep Q-network.
///
///     y = r + γ · Q′(s′, argmax_a Q(s′, a)),  or r where the episode ended;  L = mean of w · (Q(s, a) − y)²
///
/// Q learns, Q′ follows it slowly; the one chooses and the other values, which keeps noise from being taken for worth. Van
/// Hasselt, Guez and Silver, "Deep reinforcement learning with double Q-learning", 2016. Mnih et al., "Human-level control
/// through deep reinforcement learning", 2015.
public final class DeepQLearner {
    /// The network that learns.
    public let online: RouterHead
    /// The share of actions that are taken at random now.
    public private(set) var exploration: Double
    private let target: RouterHead
    private let settings: DeepQSettings
    private let chance: Chance
    private var optimiser: AdamW
    private var buffer: ReplayBuffer<Transition>

    /// A learner that knows nothing yet.
    ///
    /// - Parameters:
    ///   - inputs: How many numbers a state has.
    ///   - actions: How many actions there are.
    ///   - settings: How it learns.
    public init(inputs: Int, actions: Int, settings: DeepQSettings) {
        self.settings = settings
        chance = Chance(seed: settings.seed)
        online = RouterHead(settings.shape, inputs: inputs, outputs: actions, seed: settings.seed, chance: chance)
        target = RouterHead(settings.shape, inputs: inputs, outputs: actions, seed: settings.seed, chance: chance)
        var adam = AdamW.Settings()
        adam.weightDecay = settings.weightDecay
        optimiser = AdamW(online.parameters, settings: adam)
        buffer = ReplayBuffer(capacity: settings.bufferCapacity, exponent: settings.priorityExponent)
        exploration = settings.explorationStart
    }

    /// What each action is worth in each of these states, a row each.
    public func values(_ states: Matrix) -> Matrix { online.forward(states, .inference).logits }

    /// The action to take: the one that is worth most, or now and then any.
    public func action(in state: [Float], using generator: inout SeededGenerator) -> Int {
        defer { exploration = max(settings.explorationEnd, exploration * settings.explorationDecay) }
        guard Double.random(in: 0..<1, using: &generator) >= exploration else {
            return Int.random(in: 0..<online.outputs, using: &generator)
        }
        return values(Matrix(rows: 1, columns: state.count, values: state)).values.indexOfHighest
    }

    /// Keeps a step of the environment, to learn from later.
    ///
    /// - Parameters:
    ///   - transition: The step.
    ///   - priority: How much more often than others it is to be drawn; 1 for all is plain replay.
    public func observe(_ transition: Transition, priority: Double = 1) {
        buffer.add(transition, priority: priority)
    }

    /// Learns from a batch of what was observed.
    ///
    /// - Parameter rateScale: What the settings' learning rate is multiplied by.
    /// - Returns: The batch's loss; `nil` as long as fewer steps were observed than a batch has.
    @discardableResult
    public func learn(rateScale: Float = 1) -> Float? {
        guard buffer.count >= settings.batchSize else { return nil }
        chance.begin(step: optimiser.stepCount, of: settings.seed)
        let batch = buffer.sample(settings.batchSize, using: &chance.generator)
        let wanted = targets(of: batch.map(\.experience))
        let values = online.forward(Matrix(stacking: batch.map(\.experience.state)), .training).logits
        var gradient = Matrix(rows: values.rows, columns: values.columns)
        var loss: Float = 0
        for (row, (transition, weight)) in batch.enumerated() {
            let error = values[row, transition.action] - wanted[row]
            loss += weight * error * error / Float(batch.count)
            gradient[row, transition.action] = 2 * weight * error / Float(batch.count)
        }
        _ = online.backward(logits: gradient, embeddings: nil)
        optimiser.parameters.clipGradients(normMax: settings.gradientNormMax)
        optimiser.step(learningRate: settings.learningRate * rateScale)
        if optimiser.stepCount.isMultiple(of: max(1, settings.targetEvery)) {
            target.parameters.move(to: online.parameters, share: settings.targetShare)
        }
        return loss
    }

    /// y of each of `transitions`.
    func targets(of transitions: [Transition]) -> [Float] {
        let following = transitions.compactMap(\.next)
        guard !following.isEmpty else { return transitions.map(\.reward) }
        let states = Matrix(stacking: following)
        let (chosen, valued) = (values(states), target.forward(states, .inference).logits)
        var row = 0
        return transitions.map { transition in
            guard transition.next != nil else { return transition.reward }
            defer { row += 1 }
            let best = Array(chosen[row: row]).indexOfHighest
            return transition.reward + settings.discount * valued[row, best]
        }
    }

    /// All that is needed to go on later, but for what is in the buffer.
    public var state: (tensors: [String: Matrix], stepCount: Int, exploration: Double) {
        var tensors: [String: Matrix] = [:]
        for parameter in online.parameters { tensors["value/\(parameter.name)"] = parameter.value }
        for parameter in target.parameters { tensors["target/\(parameter.name)"] = parameter.value }
        for (name, value) in optimiser.state { tensors["optimiser/\(name)"] = value }
        return (tensors, optimiser.stepCount, exploration)
    }

    /// Goes on from a ``state`` of a learner of the same shape.
    ///
    /// - Throws: ``TrainingError/checkpointDoesNotFit``.
    public func restore(
        _ state: (tensors: [String: Matrix], stepCount: Int, exploration: Double)
    ) throws(TrainingError) {
        let networks = [("value/", online), ("target/", target)]
        let fits = networks.allSatisfy { prefix, network in
            network.parameters.allSatisfy { state.tensors[prefix + $0.name]?.hasShape(of: $0.value) ?? false }
        }
        guard fits, optimiser.restore(state.tensors.named("optimiser/"), stepCount: state.stepCount) else {
            throw .checkpointDoesNotFit
        }
        for (prefix, network) in networks {
            for parameter in network.parameters {
                if let value = state.tensors[prefix + parameter.name] { parameter.value = value }
            }
        }
        exploration = state.exploration
    }
}

extension Matrix {
    /// A matrix of these rows, all equally long.
    init(stacking rows: [[Float]]) {
        self.init(rows: rows.count, columns: rows.first?.count ?? 0, values: rows.flatMap { $0 })
    }
}

extension [Float] {
    /// The first place of the highest value; 0 of none.
    var indexOfHighest: Int { indices.max { self[$0] < self[$1] } ?? 0 }
}
