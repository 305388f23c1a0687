internal import Domain
public import Environment
internal import Glibc

/// A contextual bandit: learns online what each model earns in each situation, as a linear function of the observation.
///
///     A_a = I + Σ x·xᵀ,  θ_a = A_a⁻¹·Σ r·x
///
/// It looks no further than the next reward. The inverse is kept by Sherman and Morrison's formula, so that a step costs
/// O(models · inputs²) and allocates nothing that grows.
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
    private let inputs: Int
    /// By model, A⁻¹ in row-major order, and Σ r·x.
    private var models: [(inverse: [Double], sums: [Double])]
    private var context: [Double]
    private var generator: SeededGenerator

    /// A bandit that knows nothing yet.
    ///
    /// - Parameters:
    ///   - world: What it is to play in.
    ///   - exploration: How it tries what it knows little of.
    ///   - seed: What decides the draws of Thompson sampling.
    public init(_ world: EnvironmentSettings, exploration: Exploration, seed: UInt64) {
        // One more for a constant.
        inputs = world.observationSize + 1
        self.exploration = exploration
        var identity = [Double](repeating: 0, count: inputs * inputs)
        for index in 0..<inputs { identity[index * inputs + index] = 1 }
        let sums = [Double](repeating: 0, count: inputs)
        models = Array(repeating: (identity, sums), count: world.models.count)
        context = sums
        generator = SeededGenerator(seed: seed)
    }

    /// The model that promises most.
    ///
    /// - Precondition: The environment's observations are those of the world that it was made for.
    public mutating func action(in environment: RouterEnvironment) -> Int {
        context = environment.observation.map { Double($0) } + [1]
        var best = (model: 0, promise: -Double.infinity)
        for model in models.indices {
            let scaled = product(models[model].inverse, context)
            let mean = dot(scaled, models[model].sums)
            let deviation = max(0, dot(scaled, context)).squareRoot()
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
        guard exploration != .none, step.reward.isFinite else { return }
        let scaled = product(models[step.model].inverse, context)
        let denominator = 1 + dot(scaled, context)
        for row in 0..<inputs {
            models[step.model].sums[row] += step.reward * context[row]
            for column in 0..<inputs {
                models[step.model].inverse[row * inputs + column] -= scaled[row] * scaled[column] / denominator
            }
        }
    }

    /// What each model is expected to earn in a situation: θᵀx, without exploration.
    ///
    /// - Precondition: There are as many numbers as an observation has.
    public func expected(in observation: [Float]) -> [Double] {
        let context = observation.map { Double($0) } + [1]
        return models.map { dot(product($0.inverse, context), $0.sums) }
    }

    private func product(_ matrix: [Double], _ vector: [Double]) -> [Double] {
        (0..<inputs).map { row in
            var sum = 0.0
            for column in 0..<inputs { sum += matrix[row * inputs + column] * vector[column] }
            return sum
        }
    }

    private func dot(_ left: [Double], _ right: [Double]) -> Double {
        var sum = 0.0
        for index in left.indices { sum += left[index] * right[index] }
        return sum
    }

    /// A standard normal number, by Box and Muller.
    private mutating func normal() -> Double {
        let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &generator))).squareRoot()
        return radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &generator))
    }
}
