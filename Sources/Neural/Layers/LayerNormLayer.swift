/// Normalizes each row to mean 0 and variance 1, then scales and shifts it.
///
///     y[c] = gain[c] · (x[c] − mean(x)) / √(variance(x) + epsilon) + bias[c]
///
/// The variance is the biased one. Ba, Kiros and Hinton, "Layer normalization", 2016, eqs. 3 and 4.
public final class LayerNormLayer: Layer {
    private let affine: ElementwiseAffine
    private let hasBias: Bool
    private let epsilon: Float
    private var normalized = Matrix(rows: 0, columns: 0)
    private var scales: [Float] = []
    /// The gain and, if there is one, the bias.
    public var parameters: [Parameter] { hasBias ? [affine.gain, affine.bias] : [affine.gain] }

    /// A layer of these values, called `name` with `.weight` and `.bias`; `epsilon` is added to the variance.
    ///
    /// Without a bias it is 0, and stays so.
    public init(_ name: String, gain: Matrix, bias: Matrix?, epsilon: Float) {
        affine = ElementwiseAffine(name, gain: gain, bias: bias ?? Matrix(rows: 1, columns: gain.columns))
        hasBias = bias != nil
        self.epsilon = epsilon
    }

    /// The rows, normalized.
    public func forward(_ input: Matrix, _ pass: Pass) -> Matrix {
        var normalized = input
        let count = Float(input.columns)
        let epsilon = epsilon
        let scales = normalized.mapRows { row in
            let mean = row.reduce(0, +) / count
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
            let scale = 1 / (variance + epsilon).squareRoot()
            for column in row.indices { row[column] = (row[column] - mean) * scale }
            return scale
        }
        if pass == .training { (self.normalized, self.scales) = (normalized, scales) }
        return affine.forward(normalized)
    }

    /// dx = s·(g − mean(g) − n·mean(g·n)), where g = dy·gain, n is the normalized row and s its scale.
    public func backward(_ gradient: Matrix) -> Matrix {
        var result = affine.backward(gradient, normalized: normalized)
        let count = Float(gradient.columns)
        result.combineRows(normalized) { index, row, normalized in
            let mean = row.reduce(0, +) / count
            let product = zip(row, normalized).reduce(0) { $0 + $1.0 * $1.1 } / count
            for column in row.indices {
                row[column] = scales[index] * (row[column] - mean - normalized[column] * product)
            }
        }
        return result
    }
}
