extension Loss {
    /// How unevenly a mixture's gates load its experts: the squared coefficient of variation of their importance.
    ///
    ///     importance[i] = Σ_b g[b, i] / B,  L = variance(importance) / mean(importance)²
    ///
    /// The variance is the biased one. Shazeer et al., "Outrageously large neural networks", 2017, eqs. 6 and 7.
    ///
    /// - Parameter gates: A row of weights for each example.
    /// - Returns: The loss, and its derivative with respect to the gates; 0 where nothing is gated.
    public static func loadBalance(_ gates: Matrix) -> Loss {
        var importance = Matrix(rows: 1, columns: gates.columns)
        importance.addSumOfRows(gates)
        let batch = Float(max(1, gates.rows))
        let experts = Float(max(1, gates.columns))
        importance.mapValues { $0 / batch }
        let mean = importance.values.reduce(0, +) / experts
        var gradient = Matrix(rows: gates.rows, columns: gates.columns)
        guard mean != 0 else { return Loss(value: 0, gradient: gradient) }
        let variance = importance.values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / experts
        var slopes = importance
        slopes.mapValues { 2 * (($0 - mean) * mean - variance) / (experts * mean * mean * mean) / batch }
        gradient.addToRows(slopes)
        return Loss(value: variance / (mean * mean), gradient: gradient)
    }
}
