public import Routing

/// A training that makes a policy of steps in environments, whatever it learns by.
public protocol EnvironmentTraining: AnyObject {
    /// How it learns, in a word: `ppo` or `dqn`.
    static var agent: String { get }

    /// Where it stands.
    var progress: TrainingSteps { get }

    /// The policy as it stands.
    var policy: PolicyNetwork { get }

    /// Trains until the steps are taken, or `goesOn` says no.
    ///
    /// - Returns: Whether the steps are taken.
    /// - Throws: ``TrainingError/unusable(_:)`` if the weights are no numbers any more.
    func run(while goesOn: (TrainingSteps) -> Bool) throws -> Bool

    /// A policy with all that is needed to go on: the one given, or else the one as it stands.
    func checkpoint(policy best: PolicyNetwork?) -> PolicyFile

    /// Goes on from a ``checkpoint(policy:)`` of a training of the same shape, with new episodes.
    ///
    /// - Throws: ``TrainingError/checkpointDoesNotFit``; nothing has changed then.
    func resume(_ file: PolicyFile) throws(TrainingError)
}

extension PPOTraining: EnvironmentTraining {
    /// `ppo`.
    public static var agent: String { "ppo" }
}

extension DQNTraining: EnvironmentTraining {
    /// `dqn`.
    public static var agent: String { "dqn" }
}
