internal import Domain
public import Environment
internal import Glibc
internal import Routing

/// A contextual bandit: learns online what each model earns in each situation, as a linear function of the observation.
///
/// It looks no further than the next reward.
public struct LinearBandit: Agent, Sendable {
    /// How it tries what it knows little of.
    public enum Exploration: Hashable, Sendable {
        /// By θᵀx + α·√(xᵀA⁻¹x): Li, Chu, Langford and Schapire, "A contextual-bandit approach to personalized news
        /// article recommendation", 2010, algorithm 1.
        case upperConfidence(width: Double)
        /// By θ̃ᵀx with θ̃ drawn from N(θ, v²·A⁻¹): Agrawal and Goyal, "Thompson sampling for contextual bandits with
        /// linear payoffs", 2013. Only θ̃ᵀx matters, whose deviation is v·√(xᵀA⁻¹x).
        case thompson(deviation: Double)
        /// By θᵀx alone: what was learned, without learning more.
        case none
    }

    /// How it tries what it knows little of.
    public var exploration: Exploration
    private var arms: LinearArms
    private var context: [Double]
    private var generator: SeededGenerator

    /// A bandit that knows nothing yet.
    ///
    /// - Parameters:
    ///   - world: What it is to play in.
    ///   - exploration: How it tries what it knows little of.
    ///   - seed: What decides the draws of Thompson sampling.
    public init(_ world: EnvironmentSettings, exploration: Exploration, seed: UInt64) {
        self.exploration = exploration
        // One more for a constant.
        arms = LinearArms(count: world.models.count, inputs: world.observationSize + 1)
        context = Array(repeating: 0, count: arms.inputs)
        generator = SeededGenerator(seed: seed)
    }

    /// The model that promises most.
    ///
    /// - Precondition: The environment's observations are those of the world that it was made for.
    public mutating func action(in environment: RouterEnvironment) -> Int {
        context = environment.observation.map { Double($0) } + [1]
        var best = (model: 0, promise: -Double.infinity)
        for model in 0..<arms.count {
            let (mean, deviation) = arms.expected(of: model, in: context)
            let promise =
                switch exploration {
                case .upperConfidence(let width): mean + width * deviation
                case .thompson(let scale): mean + scale * deviation * normal()
                case .none: mean
                }
            if promise > best.promise { best = (model, promise) }
        }
        return best.model
    }

    /// Learns from what came of it.
    public mutating func observe(_ step: Step, in environment: RouterEnvironment) {
        guard exploration != .none else { return }
        arms.learn(step.reward, of: step.model, in: context)
    }

    /// What each model is expected to earn in a situation: θᵀx, without exploration.
    ///
    /// - Precondition: There are as many numbers as an observation has.
    public func expected(in observation: [Float]) -> [Double] {
        let context = observation.map { Double($0) } + [1]
        return (0..<arms.count).map { arms.expected(of: $0, in: context).mean }
    }

    /// A standard normal number, by Box and Muller.
    private mutating func normal() -> Double {
        let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &generator))).squareRoot()
        return radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &generator))
    }
}
