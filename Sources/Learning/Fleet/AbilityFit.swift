internal import Environment
internal import Glibc

/// How good models are by the complexity of prompts: P(solved) = σ(k·(ability − complexity)), by judged answers.
///
/// k is the same for all models. Where few answers were judged, what a model is thought to be worth counts, as does the
/// steepness of `LLMRouter-v1`: both as normal priors.
struct AbilityFit {
    /// k.
    let steepness: Double
    /// Of each model; `nil` where too few answers were judged, so that it follows from the quality.
    let abilities: [Double?]
    /// The mean of solved prompts for each model.
    let qualities: [Double]
    /// How many judged answers there were.
    let scoreCount: Int

    private static let steepest = 40.0
    private static let usualSteepness = 10.0

    /// - Parameters:
    ///   - attempts: The answers of each model.
    ///   - traffic: With the complexities of prompts.
    init(_ attempts: [[FleetFit.Attempt]], _ traffic: Traffic) {
        let thought = attempts.map { attempts in
            // The latest word counts; where nobody says, a middling one.
            attempts.max { $0.began < $1.began }?.quality ?? attempts.lazy.compactMap(\.quality).first ?? 0.75
        }
        let judged = attempts.map { attempts in
            attempts.compactMap { attempt -> (complexity: Double, score: Double)? in
                guard let complexity = attempt.complexity, let score = attempt.score else { return nil }
                return (min(max(complexity, 0), 1), min(max(score, 0), 1))
            }
        }
        let told = judged.map { $0.count >= FleetFit.scoresMin }
        scoreCount = zip(judged, told).reduce(0) { $0 + ($1.1 ? $1.0.count : 0) }
        guard told.contains(true) else {
            (steepness, abilities, qualities) = (Self.usualSteepness, attempts.map { _ in nil }, thought)
            return
        }
        // For each k the levels β = k·ability are found on their own, so that the best k can be looked for by trying.
        var best = (likelihood: -Double.infinity, k: Self.usualSteepness, levels: [Double]())
        for step in 0...32 {
            let k = pow(Self.steepest, Double(step) / 32)
            let apart = log(k / Self.usualSteepness)
            var likelihood = -0.5 * apart * apart
            let levels = judged.indices.map { index in
                guard told[index] else { return 0.0 }
                let found = Self.level(of: judged[index], k: k, prior: thought[index], traffic)
                likelihood += found.likelihood
                return found.level
            }
            if likelihood > best.likelihood { best = (likelihood, k, levels) }
        }
        steepness = best.k
        abilities = zip(best.levels, told).map { $1 ? $0 / best.k : nil }
        qualities = zip(abilities, thought).map { ability, thought in
            guard let ability else { return thought }
            let mean = traffic.complexity.mean { 1 / (1 + exp(-best.k * (ability - $0))) }
            return min(max(mean, 0), 1)
        }
    }

    /// The level β at which a model's judged answers are likeliest, with a prior of deviation 2 around what it is thought to
    /// be worth; by Newton's method, on a concave function.
    private static func level(
        of judged: [(complexity: Double, score: Double)],
        k: Double,
        prior quality: Double,
        _ traffic: Traffic
    ) -> (level: Double, likelihood: Double) {
        let kept = min(max(quality, 0.01), 0.99)
        let center = log(kept / (1 - kept)) + k * traffic.complexity.mean { $0 }
        var level = center
        for _ in 0..<30 {
            var (slope, curve) = ((center - level) / 4, 0.25)
            for answer in judged {
                let chance = 1 / (1 + exp(k * answer.complexity - level))
                slope += answer.score - chance
                curve += chance * (1 - chance)
            }
            // Steps of at most 2, so that flat ends don't throw it far away.
            let step = min(max(slope / curve, -2), 2)
            level += step
            if abs(step) < 1e-9 { break }
        }
        let apart = level - center
        let likelihood = judged.reduce(-apart * apart / 8) { sum, answer in
            let odds = level - k * answer.complexity
            // s·log σ(z) + (1 − s)·log σ(−z) = s·z − log(1 + e^z), without overflow.
            return sum + answer.score * odds - max(odds, 0) - log1p(exp(-abs(odds)))
        }
        return (level, likelihood)
    }
}
