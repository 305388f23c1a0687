/// Environments that take their steps together, each with chance of its own.
///
/// Arrays hold a place for each environment and are overwritten by each step: nothing is allocated.
public struct EnvironmentBatch: Sendable {
    /// What follows the last step of an episode.
    public enum Autoreset: Int, CaseIterable, Hashable, Sendable {
        /// The next call begins an episode, whatever its action, for no reward: Gymnasium's default.
        case nextStep
        /// The same call does; ``finalObservations`` has what the episode ended with.
        case sameStep
        /// Nothing: the environment has to be reset.
        case disabled
    }

    /// Which world they are.
    public let settings: EnvironmentSettings
    /// What follows the last step of an episode.
    public let autoreset: Autoreset
    /// What the agents see, row by row.
    public private(set) var observations: [Float]
    /// What they saw at the end of episodes, with ``Autoreset/sameStep``: rows of environments whose step is the last.
    public private(set) var finalObservations: [Float]
    /// What came of the last actions; a step of zeros where an episode only began.
    public private(set) var steps: [Step]
    /// Whether the environment began an episode by itself in the last call.
    public private(set) var hasReset: [Bool]
    private var environments: [RouterEnvironment]
    /// The seeds of the next episodes that begin by themselves; `nil` where chance just goes on.
    private var nextSeeds: [UInt64?]

    /// How many there are.
    public var count: Int { environments.count }

    /// So many environments, all of which wait for their first reset.
    ///
    /// - Throws: ``EnvironmentError`` for settings that make no sense, or no environment.
    public init(_ settings: EnvironmentSettings, count: Int, autoreset: Autoreset) throws(EnvironmentError) {
        guard (1...1_000_000).contains(count) else { throw .outOfRange("num_envs", "\(count)", "1 to 1000000") }
        environments = Array(repeating: try RouterEnvironment(settings), count: count)
        self.settings = settings
        self.autoreset = autoreset
        observations = Array(repeating: 0, count: count * settings.observationSize)
        finalObservations = observations
        steps = Array(repeating: Step(), count: count)
        hasReset = Array(repeating: false, count: count)
        nextSeeds = Array(repeating: nil, count: count)
    }

    /// The environment of this number, as it stands.
    public subscript(index: Int) -> RouterEnvironment { environments[index] }

    /// Begins an episode in one environment; without a seed its chance goes on.
    ///
    /// - Precondition: There is such an environment.
    public mutating func reset(_ index: Int, seed: UInt64? = nil) {
        if let seed { environments[index].reset(seed: seed) } else { environments[index].reset() }
        steps[index] = Step()
        environments.span[index].observe(into: &observations, at: index * settings.observationSize)
    }

    /// Begins an episode in each, by a seed and those that follow it.
    public mutating func reset(seed: UInt64) {
        for index in environments.indices { reset(index, seed: seed &+ UInt64(index)) }
    }

    /// Says what decides the chance of the next episode that an environment begins by itself.
    ///
    /// - Precondition: There is such an environment.
    public mutating func setNextSeed(_ index: Int, _ seed: UInt64) { nextSeeds[index] = seed }

    /// Takes a step in each environment.
    ///
    /// - Parameter actions: The number of a model for each.
    /// - Throws: ``EnvironmentError``; nothing has happened then if there are more or fewer actions than environments, or
    ///   one of them is no model.
    public mutating func step(_ actions: [Int]) throws(EnvironmentError) {
        guard actions.count == count else { throw .wrongCount(actions: actions.count, environments: count) }
        let models = settings.models.count
        for action in actions where action < 0 || action >= models { throw .noSuchAction(action, models: models) }
        for index in actions.indices { try step(index, actions[index]) }
    }

    private mutating func step(_ index: Int, _ action: Int) throws(EnvironmentError) {
        hasReset[index] = autoreset == .nextStep && steps[index].isLast
        if hasReset[index] { return begin(index) }
        let place = index * settings.observationSize
        steps[index] = try environments[index].step(action, observing: &observations, at: place)
        guard autoreset == .sameStep, steps[index].isLast else { return }
        hasReset[index] = true
        for number in place..<place + settings.observationSize { finalObservations[number] = observations[number] }
        let last = steps[index]
        begin(index)
        steps[index] = last
    }

    private mutating func begin(_ index: Int) {
        reset(index, seed: nextSeeds[index])
        nextSeeds[index] = nil
    }
}
