public import Environment
public import Routing

/// How good a policy was at several times of its training, and the best one of them.
///
/// Measured on episodes of its own, always the same ones. The last policy need not be the best: where money is tight, a
/// little more courage ends in bankruptcy.
public struct TrainingCurve {
    private static let episodes = 10
    /// Far from the seeds that policies are trained and compared with.
    private static let seed: UInt64 = 500_000

    /// Steps taken, with the mean reward and cost of an episode.
    public private(set) var points: [(steps: Int, reward: Double, cost: Double)] = []
    /// The policy of the highest reward; `nil` before the first measurement.
    public private(set) var best: PolicyNetwork?
    private let environment: RouterEnvironment
    private let interval: Int
    private var next: Int

    /// A curve with a point for every `interval` steps from `steps` on, and one at the end.
    ///
    /// - Throws: ``EnvironmentError`` for a world that makes no sense.
    public init(_ world: EnvironmentSettings, every interval: Int, from steps: Int) throws(EnvironmentError) {
        environment = try RouterEnvironment(world)
        self.interval = interval
        next = steps + interval
    }

    /// Measures the policy if it is time, or at the end.
    ///
    /// - Returns: Whether it did.
    /// - Throws: ``EnvironmentError`` for a policy that was made for another world.
    public mutating func add(_ training: any EnvironmentTraining) throws(EnvironmentError) -> Bool {
        let progress = training.progress
        guard progress.stepCount >= next || progress.share >= 1 else { return false }
        next = progress.stepCount + interval
        let policy = training.policy
        var agent = PolicyAgent(policy)
        let summary = try EpisodeSummary(of: &agent, in: environment, count: Self.episodes, seed: Self.seed)
        let reward = summary.mean(\.reward)
        if points.allSatisfy({ $0.reward < reward }) { best = policy }
        points.append((progress.stepCount, reward, summary.mean(\.cost)))
        return true
    }
}
