internal import Domain
internal import Environment

/// The environments that a training plays in, the chance that it plays by, and what its episodes earn.
struct TrainingPlay {
    private(set) var environments: EnvironmentBatch
    private(set) var episodes: EpisodeTally
    var generator: SeededGenerator
    private let seed: UInt64

    /// As many environments of `world`, each at the beginning of an episode.
    init(_ world: EnvironmentSettings, environments count: Int, seed: UInt64) throws(EnvironmentError) {
        environments = try EnvironmentBatch(world, count: count, autoreset: .sameStep)
        episodes = EpisodeTally(environments: count)
        generator = SeededGenerator(seed: seed)
        self.seed = seed
        begin(after: 0)
    }

    /// Begins an episode in each environment, by chance that belongs to the steps taken so far.
    mutating func begin(after steps: Int) {
        generator = SeededGenerator(seed: seed &+ UInt64(steps) &* 0x9E37_79B9)
        environments.reset(seed: generator.next())
        episodes = EpisodeTally(environments: environments.count)
    }

    /// A step of each environment.
    mutating func step(_ actions: [Int]) throws(EnvironmentError) {
        try environments.step(actions)
        for (index, step) in environments.steps.enumerated() { episodes.add(step, of: index) }
    }
}
