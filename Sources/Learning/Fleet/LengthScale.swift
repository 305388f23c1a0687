internal import Environment

/// What prompts' lengths make of models' dollars or seconds: y = mean of the model · (base + slope·length), with a factor of
/// 1 at the mean length.
struct LengthScale {
    /// The factor, the same for all models.
    let scale: Traffic.Scale
    /// Of each model at the mean length.
    let means: [Double]
    /// Of each model, the deviation of what it takes, at the mean length.
    let deviations: [Double]

    /// - Parameters:
    ///   - rows: By model, each answer's length from 0 to 1 and what it took; at least one each.
    ///   - meanLength: Of all prompts.
    init(_ rows: [[(length: Double, value: Double)]], meanLength: Double) {
        // In turns: means given the slope, which a model with long prompts needs, and the slope given means.
        var slope = 0.0
        var means = [Double](repeating: 0, count: rows.count)
        for _ in 0..<20 {
            let base = 1 - slope * meanLength
            means = rows.map { rows in
                let scales = rows.reduce(0) { $0 + base + slope * $1.length }
                return rows.reduce(0) { $0 + $1.value } / max(scales, .leastNormalMagnitude)
            }
            var (product, square) = (0.0, 0.0)
            for (rows, mean) in zip(rows, means) where mean > 0 {
                for row in rows {
                    product += (row.length - meanLength) * (row.value / mean - 1)
                    square += (row.length - meanLength) * (row.length - meanLength)
                }
            }
            // No factor is negative: neither the slope, nor the factor of a prompt without length.
            let most = meanLength > 0 ? 1 / meanLength : 0
            slope = square > 0 ? min(max(product / square, 0), most) : 0
        }
        let scale = Traffic.Scale(base: max(0, 1 - slope * meanLength), slope: slope)
        self.scale = scale
        self.means = means
        deviations = zip(rows, means).map { rows, mean in
            let squares = rows.reduce(0) { sum, row in
                let factor = max(scale.base + scale.slope * row.length, 1e-3)
                return sum + (row.value / factor - mean) * (row.value / factor - mean)
            }
            return (squares / Double(rows.count)).squareRoot()
        }
    }
}
