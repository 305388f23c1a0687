internal import Glibc

/// A model at run time: what it charges and how it answers, with figures that are computed once.
struct Server: Hashable, Sendable {
    /// The mean of prompts a second over the day.
    static let arrivalRate = 4.0
    /// Seconds of waiting after which a request is given up.
    static let waitMax = 10.0
    /// How steeply the probability of solving a prompt falls with its complexity.
    private static let steepness = 10.0

    let cost: Double
    let latencyMean: Double
    let latencyDeviation: Double
    let quality: Double
    /// The complexity of a prompt that it solves every other time.
    let ability: Double
    /// How many requests it works on at once.
    let slots: Double
    /// Seconds between two answers while all slots are busy.
    let secondsPerAnswer: Double

    init(_ model: ModelConfig) {
        cost = model.costPerCall
        latencyMean = model.latencyMean
        latencyDeviation = model.latencyStandardDeviation
        quality = model.qualityScore
        ability = Self.ability(ofQuality: model.qualityScore)
        slots = max(1, (0.5 * Self.arrivalRate * model.latencyMean).rounded(.toNearestOrEven))
        secondsPerAnswer = model.latencyMean / slots
    }

    /// The probability σ(10·(ability − c)) with which it solves a prompt of complexity c.
    @inline(__always)
    func solving(_ complexity: Double) -> Double { Self.solving(complexity, ability: ability) }

    /// Seconds until a slot is free, with so many requests before.
    @inline(__always)
    func waiting(behind queue: Double) -> Double { max(0, queue - slots + 1) * secondsPerAnswer }

    private static func solving(_ complexity: Double, ability: Double) -> Double {
        1 / (1 + exp(-steepness * (ability - complexity)))
    }

    /// The ability whose mean of solved prompts, over Beta(2, 5), is this; by bisection.
    private static func ability(ofQuality quality: Double) -> Double {
        var (low, high) = (-2.0, 3.0)
        for _ in 0..<50 {
            let middle = (low + high) / 2
            if meanSolved(ability: middle) < quality { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// ∫ σ(10·(ability − c))·30·c·(1 − c)⁴ dc from 0 to 1, by the midpoint rule.
    private static func meanSolved(ability: Double) -> Double {
        let count = 400
        return (0..<count).reduce(0) { sum, index in
            let complexity = (Double(index) + 0.5) / Double(count)
            let easier = (1 - complexity) * (1 - complexity)
            return sum + solving(complexity, ability: ability) * 30 * complexity * easier * easier / Double(count)
        }
    }
}
