internal import Glibc
internal import Neural

/// What a batch of steps says against the present networks, and how they should change.
///
///     ρ = exp(log π(a) − log π_old(a))
///     L = mean(−min(ρ·A, clip(ρ, 1 − ε, 1 + ε)·A)) − c_e·mean(H(π)) + c_v·mean((V − R)²)
///
/// Schulman et al., "Proximal policy optimization algorithms", 2017, eqs. 7 and 9; values are not clipped.
struct PPOLoss {
    /// L.
    private(set) var value: Float = 0
    /// How far choices are from certain: the mean of H(π).
    private(set) var entropy: Float = 0
    /// The share of steps whose ρ is beyond the clip range.
    private(set) var clipShare: Float = 0
    /// ∂L/∂logits.
    private(set) var logitGradient: Matrix
    /// ∂L/∂V.
    private(set) var valueGradient: Matrix

    /// What was done and what came of it, for each row of a batch.
    struct Batch {
        var actions: [Int]
        var logProbabilities: [Float]
        var advantages: [Float]
        var returns: [Float]
    }

    init(logits: Matrix, values: Matrix, _ batch: Batch, settings: PPOSettings) {
        logitGradient = Matrix(rows: logits.rows, columns: logits.columns)
        valueGradient = Matrix(rows: values.rows, columns: 1)
        let share = 1 / Float(max(logits.rows, 1))
        for row in 0..<logits.rows {
            let logs = Array(logits[row: row]).logSoftmax
            let probabilities = logs.map { expf($0) }
            let entropy = -zip(probabilities, logs).reduce(0) { $0 + $1.0 * $1.1 }
            let (action, advantage) = (batch.actions[row], batch.advantages[row])
            let ratio = expf(logs[action] - batch.logProbabilities[row])
            let clipped = min(max(ratio, 1 - settings.clipRange), 1 + settings.clipRange)
            let isClipped = clipped * advantage < ratio * advantage
            let error = values[row, 0] - batch.returns[row]
            value -= share * (min(ratio * advantage, clipped * advantage) + settings.entropyWeight * entropy)
            value += share * settings.valueWeight * error * error
            self.entropy += share * entropy
            clipShare += ratio == clipped ? 0 : share
            valueGradient[row, 0] = 2 * share * settings.valueWeight * error
            // ∂log π(a)/∂logit = 1[a] − π and ∂H/∂logit = −π·(log π + H).
            let slope = isClipped ? 0 : ratio * advantage
            for column in logs.indices {
                let pull = (column == action ? 1 : 0) - probabilities[column]
                let spread = probabilities[column] * (logs[column] + entropy)
                logitGradient[row, column] = share * (settings.entropyWeight * spread - slope * pull)
            }
        }
    }
}

extension [Float] {
    /// log softmax: each number less the logarithm of the sum of all exponentials.
    var logSoftmax: [Float] {
        let highest = self.max() ?? 0
        let total = highest + logf(reduce(0) { $0 + expf($1 - highest) })
        return map { $0 - total }
    }
}
