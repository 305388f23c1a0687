internal import Environment

/// Where a training in environments stands.
public struct TrainingSteps: Hashable, Sendable {
    /// Steps taken so far, and in all.
    public private(set) var stepCount: Int
    /// Steps to be taken.
    public let totalSteps: Int
    /// The mean reward of the last episodes, 20 at most; `nil` before the first one has ended.
    public private(set) var meanReward: Double?
    /// Their mean cost.
    public private(set) var meanCost: Double?
    /// The mean loss of the last updates.
    public private(set) var loss: Float = 0
    /// The mean entropy of choices in the last update of a policy; 0 where choices are those of the highest value.
    public private(set) var entropy: Float = 0
    /// The share of steps beyond the clip range in it.
    public private(set) var clipShare: Float = 0

    init(stepCount: Int, totalSteps: Int) { (self.stepCount, self.totalSteps) = (stepCount, totalSteps) }

    mutating func resume(at stepCount: Int) { self.stepCount = stepCount }

    mutating func note(_ episodes: EpisodeTally, steps: Int) {
        stepCount += steps
        (meanReward, meanCost) = (episodes.meanReward ?? meanReward, episodes.meanCost ?? meanCost)
    }

    mutating func note(loss: Float, entropy: Float, clipShare: Float) {
        (self.loss, self.entropy, self.clipShare) = (loss, entropy, clipShare)
    }

    /// Of a hundred updates or so.
    mutating func noteLoss(_ value: Float) { loss += (value - loss) / 100 }

    /// How much is done, 0 to 1.
    public var share: Double { min(1, Double(stepCount) / Double(max(totalSteps, 1))) }
}

/// What the episodes under way have earned so far, and the last ones in the end.
struct EpisodeTally {
    private var running: [(reward: Double, cost: Double)]
    private var finished: [(reward: Double, cost: Double)] = []

    init(environments: Int) { running = Array(repeating: (0, 0), count: environments) }

    mutating func add(_ step: Step, of index: Int) {
        running[index].reward += step.reward
        running[index].cost += step.cost
        guard step.isLast else { return }
        finished = finished.suffix(19) + [running[index]]
        running[index] = (0, 0)
    }

    /// Of the last 20 at most; `nil` before the first has ended.
    var meanReward: Double? { mean(\.reward) }
    var meanCost: Double? { mean(\.cost) }

    private func mean(_ figure: ((reward: Double, cost: Double)) -> Double) -> Double? {
        finished.isEmpty ? nil : finished.reduce(0) { $0 + figure($1) } / Double(finished.count)
    }
}
