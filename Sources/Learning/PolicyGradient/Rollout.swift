internal import Neural

/// Steps of all environments between two updates: step by step, and within a step environment by environment.
struct Rollout {
    let environments: Int
    /// A row of what was seen before each step.
    var observations: [Float] = []
    var actions: [Int] = []
    /// log π(a) of what was done, when it was done.
    var logProbabilities: [Float] = []
    var rewards: [Double] = []
    /// What the state before each step was taken to be worth.
    var values: [Double] = []
    /// What is to be expected behind the last step of an episode that time has cut off, and 0 behind others.
    var bootstraps: [Double] = []
    var isLast: [Bool] = []

    init(environments: Int) { self.environments = environments }

    var count: Int { actions.count }

    /// Generalized advantage estimates, and the returns that values are to come near: advantage and value together.
    ///
    ///     δ_t = r_t + γ·V(s_{t+1}) − V(s_t),  A_t = δ_t + γ·λ·A_{t+1}
    ///
    /// Where an episode ends, V(s_{t+1}) is 0, or what was expected where only time has cut it off, and A_{t+1} is 0.
    /// Schulman et al., "High-dimensional continuous control using generalized advantage estimation", 2016, eq. 16.
    ///
    /// - Parameters:
    ///   - following: For each environment, what the state behind its last step is worth.
    ///   - discount: γ.
    ///   - traceDecay: λ.
    /// - Returns: One of each for each step.
    func advantages(
        following: [Double],
        discount: Double,
        traceDecay: Double
    ) -> (advantages: [Float], returns: [Float]) {
        var advantages = [Float](repeating: 0, count: count)
        var returns = advantages
        for environment in 0..<environments {
            var (next, trace) = (following[environment], 0.0)
            for step in stride(from: count - environments + environment, through: 0, by: -environments) {
                if isLast[step] { (next, trace) = (bootstraps[step], 0) }
                let error = rewards[step] + discount * next - values[step]
                trace = error + discount * traceDecay * trace
                advantages[step] = Float(trace)
                returns[step] = Float(trace + values[step])
                next = values[step]
            }
        }
        return (advantages, returns)
    }
}
