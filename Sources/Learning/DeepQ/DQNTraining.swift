internal import Domain
public import Environment
internal import Neural
public import Routing

/// A dueling double deep Q-network that learns to route in a batch of environments, with carbon-aware replay.
///
/// What was experienced is drawn again the more often the better and the cleaner the answer was: by quality for each gram, as
/// in ``RoutingReward/priority(model:quality:)``, with weights that make up for it. Not for several threads. The same settings
/// give the same weights on the same processor.
public final class DQNTraining {
    /// Where it stands.
    public internal(set) var progress: TrainingSteps
    let world: EnvironmentSettings
    let settings: DQNSettings
    let learner: DeepQLearner
    /// Of observations, and of rewards: fixed once the warm-up is over, as what is remembered was scaled by them.
    var moments: (observations: RunningMoments, rewards: RunningMoments)
    private let carbonShares: [Double]
    var play: TrainingPlay
    /// What was seen before the warm-up was over, and could not be scaled yet.
    private var unscaled: [Experience] = []

    private struct Experience {
        let state: [Float]
        let step: Step
        let next: [Float]?
    }

    /// A training of `totalSteps`, which knows nothing yet.
    ///
    /// - Throws: ``EnvironmentError`` and ``TrainingError/unusable(_:)`` for settings that make no sense.
    public init(_ world: EnvironmentSettings, totalSteps: Int, settings: DQNSettings) throws {
        try settings.check()
        (self.world, self.settings) = (world, settings)
        play = try TrainingPlay(world, environments: settings.environments, seed: settings.learning.seed)
        learner = DeepQLearner(
            inputs: world.observationSize,
            actions: world.models.count,
            settings: settings.learning
        )
        moments = (RunningMoments(width: world.observationSize), RunningMoments(width: 1))
        let grams = world.models.map { $0.gramsPerCall ?? $0.costPerCall }
        let most = grams.max() ?? 0
        carbonShares = grams.map { most > 0 ? $0 / most : 0 }
        progress = TrainingSteps(stepCount: 0, totalSteps: totalSteps)
    }

    /// The policy as it stands: the action of the highest value.
    public var policy: PolicyNetwork {
        let layers = learner.online.denseLayers.map { (weight: $0.weight, bias: $0.bias.values) }
        return PolicyNetwork(moments.observations.folded(into: layers), activation: .relu)
    }

    /// Trains until the steps are taken, or `goesOn`, asked after every 512 of them, says no.
    ///
    /// - Returns: Whether the steps are taken.
    /// - Throws: ``TrainingError/unusable(_:)`` if the weights are no numbers any more.
    public func run(while goesOn: (TrainingSteps) -> Bool) throws -> Bool {
        let rounds = max(1, 512 / settings.environments)
        while progress.stepCount < progress.totalSteps {
            for _ in 0..<rounds { try takeSteps() }
            guard progress.loss.isFinite else {
                throw TrainingError.unusable("the loss is no number any more: lower the learning rate")
            }
            guard goesOn(progress) else { return false }
        }
        return true
    }

    private var isWarmingUp: Bool { moments.observations.count < Double(settings.warmupSteps) }

    /// A step of each environment, and as much learning as belongs to that.
    private func takeSteps() throws {
        let width = world.observationSize
        let isRandom = isWarmingUp
        let before = play.environments.observations
        let scaled = isRandom ? before : self.scaled(before)
        let count = play.environments.count
        let values = isRandom ? nil : learner.values(Matrix(rows: count, columns: width, values: scaled))
        let actions = (0..<count).map { index -> Int in
            guard let values, Double.random(in: 0..<1, using: &play.generator) >= exploration else {
                return Int.random(in: 0..<world.models.count, using: &play.generator)
            }
            return Array(values[row: index]).indexOfHighest
        }
        try play.step(actions)
        for (index, step) in play.environments.steps.enumerated() {
            let following = step.isLast ? play.environments.finalObservations : play.environments.observations
            let place = index * width..<(index + 1) * width
            let experience = Experience(
                state: Array(before[place]),
                step: step,
                next: step.isTerminated ? nil : Array(following[place])
            )
            if isRandom { unscaled.append(experience) } else { remember(experience) }
        }
        progress.note(play.episodes, steps: count)
        if isRandom {
            moments.observations.add(rows: before)
            moments.rewards.add(rows: play.environments.steps.map { Float($0.reward) })
            if !isWarmingUp {
                unscaled.forEach(remember)
                unscaled = []
            }
        } else {
            learn(after: count)
        }
    }

    private func learn(after steps: Int) {
        let due = progress.stepCount / settings.learningEvery - (progress.stepCount - steps) / settings.learningEvery
        let left = Float(1 - progress.share)
        for _ in 0..<due {
            let loss = learner.learn(rateScale: settings.annealsLearningRate ? max(left, 0.01) : 1)
            if let loss { progress.noteLoss(loss) }
        }
    }

    private func remember(_ experience: Experience) {
        let step = experience.step
        learner.observe(
            Transition(
                state: scaled(experience.state),
                action: step.model,
                reward: Float(step.reward * moments.rewards.scales[0]),
                next: experience.next.map(scaled)
            ),
            priority: (step.quality + 0.1) / (carbonShares[step.model] + 0.1)
        )
    }

    /// The share of actions taken at random now.
    private var exploration: Double {
        let part = settings.explorationShare > 0 ? min(1, progress.share / settings.explorationShare) : 1
        let (first, last) = (settings.learning.explorationStart, settings.learning.explorationEnd)
        return first + part * (last - first)
    }

    private func scaled(_ observations: [Float]) -> [Float] { moments.observations.standardized(observations) }
}
