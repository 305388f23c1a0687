import Domain
import Neural

/// The gates of a mixture in training: a softmax over the highest logits of each row, 0 for the others.
struct SparseGate {
    let gates: Matrix

    /// The gates of `logits` with noise on them, drawn anew for each value.
    init(_ logits: Matrix, _ settings: MixtureSettings, using generator: inout SeededGenerator) {
        var noisy = logits
        noisy.add(
            .normal(rows: logits.rows, columns: logits.columns, deviation: settings.noise, using: &generator)
        )
        for row in 0..<noisy.rows {
            let ranking = noisy[row: row].indices.sorted { noisy.values[$0] > noisy.values[$1] }
            for index in ranking.dropFirst(max(1, settings.expertsPerPrompt)) { noisy.values[index] = -.infinity }
        }
        noisy.softenRows()
        gates = noisy
    }

    /// The derivative with respect to the logits, given the one with respect to the gates: g·(d − Σ d·g).
    ///
    /// That of a gate of 0 is 0, as it should be: which experts are chosen isn't differentiable.
    func backward(_ gradient: Matrix) -> Matrix {
        var result = gates
        for row in 0..<gates.rows {
            let sum = zip(gates[row: row], gradient[row: row]).reduce(0) { $0 + $1.0 * $1.1 }
            for column in 0..<gates.columns { result[row, column] *= gradient[row, column] - sum }
        }
        return result
    }
}
