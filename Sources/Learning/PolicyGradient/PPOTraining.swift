internal import Domain
public import Environment
internal import Glibc
internal import Neural
public import Routing

/// Proximal policy optimisation on a batch of environments: takes steps, learns from them, and forgets them.
///
/// Not for several threads. The same settings give the same weights on the same processor.
public final class PPOTraining {
    /// Where it stands.
    public internal(set) var progress: TrainingSteps
    let world: EnvironmentSettings
    let settings: PPOSettings
    let networks: ActorCritic
    var optimiser: AdamW
    /// Of observations; and of discounted returns, which rewards are divided by the deviation of.
    var moments: (observations: RunningMoments, returns: RunningMoments)
    var play: TrainingPlay
    private var discounted: [Double]

    /// A training of `totalSteps`, which knows nothing yet.
    ///
    /// - Throws: ``EnvironmentError`` and ``TrainingError/unusable(_:)`` for settings that make no sense.
    public init(_ world: EnvironmentSettings, totalSteps: Int, settings: PPOSettings) throws {
        try settings.check()
        self.world = world
        self.settings = settings
        play = try TrainingPlay(world, environments: settings.environments, seed: settings.seed)
        networks = ActorCritic(
            inputs: world.observationSize,
            actions: world.models.count,
            hidden: settings.hidden,
            seed: settings.seed
        )
        var adam = AdamW.Settings()
        (adam.weightDecay, adam.epsilon) = (0, 1e-5)
        optimiser = AdamW(networks.parameters, settings: adam)
        moments = (RunningMoments(width: world.observationSize), RunningMoments(width: 1))
        progress = TrainingSteps(stepCount: 0, totalSteps: totalSteps)
        discounted = Array(repeating: 0, count: settings.environments)
    }

    /// The policy as it stands.
    public var policy: PolicyNetwork { networks.actor.network(moments.observations) }

    /// Trains until the steps are taken, or `goesOn`, asked after each update, says no.
    ///
    /// - Returns: Whether the steps are taken.
    /// - Throws: ``TrainingError/unusable(_:)`` if the weights are no numbers any more.
    public func run(while goesOn: (TrainingSteps) -> Bool) throws -> Bool {
        while progress.stepCount < progress.totalSteps {
            let (rollout, following) = try takeSteps()
            learn(from: rollout, following: following)
            if settings.scalesObservations { moments.observations.add(rows: rollout.observations) }
            guard progress.loss.isFinite else {
                throw TrainingError.unusable("the loss is no number any more: lower the learning rate")
            }
            guard goesOn(progress) else { return false }
        }
        return true
    }

    /// Steps of all environments by the present policy, and what the states behind them are worth.
    private func takeSteps() throws -> (rollout: Rollout, following: [Double]) {
        var rollout = Rollout(environments: settings.environments)
        let (actor, critic) = (policy, networks.critic.network(moments.observations))
        func worth(_ observation: ArraySlice<Float>) -> Double { Double(critic(Array(observation))[0]) }
        let width = world.observationSize
        var actions = [Int](repeating: 0, count: settings.environments)
        for _ in 0..<settings.rolloutSteps {
            rollout.observations += play.environments.observations
            for index in actions.indices {
                let observation = play.environments.observations[index * width..<(index + 1) * width]
                let logs = actor(Array(observation)).logSoftmax
                actions[index] = logs.drawn(using: &play.generator)
                rollout.logProbabilities.append(logs[actions[index]])
                rollout.values.append(worth(observation))
            }
            rollout.actions += actions
            try play.step(actions)
            for (index, step) in play.environments.steps.enumerated() {
                rollout.rewards.append(scaled(step, of: index))
                rollout.isLast.append(step.isLast)
                let isCutOff = step.isTruncated && !step.isTerminated
                let last = play.environments.finalObservations[index * width..<(index + 1) * width]
                rollout.bootstraps.append(isCutOff ? worth(last) : 0)
            }
        }
        progress.note(play.episodes, steps: rollout.count)
        let states = play.environments.observations
        return (rollout, actions.indices.map { worth(states[$0 * width..<($0 + 1) * width]) })
    }

    /// A step's reward, in units of the deviation of discounted returns.
    private func scaled(_ step: Step, of index: Int) -> Double {
        guard settings.scalesRewards else { return step.reward }
        discounted[index] = settings.discount * discounted[index] + step.reward
        moments.returns.add(rows: [Float(discounted[index])])
        if step.isLast { discounted[index] = 0 }
        return min(max(step.reward * moments.returns.scales[0], -10), 10)
    }

    private func learn(from rollout: Rollout, following: [Double]) {
        let (advantages, returns) = rollout.advantages(
            following: following,
            discount: settings.discount,
            traceDecay: settings.traceDecay
        )
        let width = world.observationSize
        let observations = Matrix(
            rows: rollout.count,
            columns: width,
            values: moments.observations.standardized(rollout.observations)
        )
        let left = Float(1 - Double(progress.stepCount - rollout.count) / Double(progress.totalSteps))
        let rate = settings.learningRate * (settings.annealsLearningRate ? max(left, 0.01) : 1)
        var (updates, sums) = (Float(0), (loss: Float(0), entropy: Float(0), clipShare: Float(0)))
        for _ in 0..<settings.epochs {
            let order = Array(0..<rollout.count).shuffled(using: &play.generator)
            for start in stride(from: 0, to: order.count, by: settings.batchSize) {
                let rows = Array(order[start..<min(start + settings.batchSize, order.count)])
                let batch = PPOLoss.Batch(
                    actions: rows.map { rollout.actions[$0] },
                    logProbabilities: rows.map { rollout.logProbabilities[$0] },
                    advantages: rows.map { advantages[$0] }.standardized,
                    returns: rows.map { returns[$0] }
                )
                let loss = update(observations.selecting(rows), batch, learningRate: rate)
                updates += 1
                sums = (sums.loss + loss.value, sums.entropy + loss.entropy, sums.clipShare + loss.clipShare)
            }
        }
        progress.note(
            loss: sums.loss / updates,
            entropy: sums.entropy / updates,
            clipShare: sums.clipShare / updates
        )
    }

    private func update(_ observations: Matrix, _ batch: PPOLoss.Batch, learningRate: Float) -> PPOLoss {
        let logits = networks.actor.forward(observations)
        let loss = PPOLoss(
            logits: logits,
            values: networks.critic.forward(observations),
            batch,
            settings: settings
        )
        networks.actor.backward(loss.logitGradient)
        networks.critic.backward(loss.valueGradient)
        optimiser.parameters.clipGradients(normMax: settings.gradientNormMax)
        optimiser.step(learningRate: learningRate)
        return loss
    }
}

extension [Float] {
    /// Less their mean, divided by their deviation; a single number stays.
    fileprivate var standardized: [Float] {
        guard count > 1 else { return self }
        let mean = reduce(0, +) / Float(count)
        let variance = reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(count - 1)
        return map { ($0 - mean) / (variance.squareRoot() + 1e-8) }
    }

    /// A place, drawn by these logarithms of probabilities.
    func drawn(using generator: inout SeededGenerator) -> Int {
        var left = Float.random(in: 0..<1, using: &generator)
        for (place, log) in enumerated() {
            left -= expf(log)
            if left < 0 { return place }
        }
        return count - 1
    }
}
