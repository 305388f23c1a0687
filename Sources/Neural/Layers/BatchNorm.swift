/// Normalizes each column over the batch, then scales and shifts it.
///
/// In training by the batch's mean and biased variance, which also move the running ones; in use by the running ones. A
/// batch of one row has no variance, so it is normalized by the running ones as well. Ioffe and Szegedy, "Batch
/// normalization", 2015.
public final class BatchNorm: Layer {
    private let affine: ElementwiseAffine
    private let mean: Parameter
    private let variance: Parameter
    private let momentum: Float
    private let epsilon: Float
    private var normalized = Matrix(rows: 0, columns: 0)
    private var scales: [Float] = []
    private var usesBatch = false
    /// The gain, the bias, and the running mean and variance.
    public var parameters: [Parameter] { [affine.gain, affine.bias, mean, variance] }

    /// A layer that changes nothing yet.
    ///
    /// - Parameters:
    ///   - name: Of its parameters, with `.weight`, `.bias`, `.running_mean` and `.running_var`.
    ///   - columns: How many values a row has.
    ///   - momentum: How much of the running figures each batch replaces.
    ///   - epsilon: Added to the variance.
    public init(_ name: String, columns: Int, momentum: Float = 0.1, epsilon: Float = 1e-5) {
        let ones = Matrix(rows: 1, columns: columns, values: Array(repeating: 1, count: columns))
        affine = ElementwiseAffine(name, gain: ones, bias: Matrix(rows: 1, columns: columns))
        mean = Parameter(name: name + ".running_mean", role: .statistic, value: Matrix(rows: 1, columns: columns))
        variance = Parameter(name: name + ".running_var", role: .statistic, value: ones)
        self.momentum = momentum
        self.epsilon = epsilon
    }

    /// The columns, normalized.
    public func forward(_ input: Matrix, _ pass: Pass) -> Matrix {
        usesBatch = pass == .training && input.rows > 1
        let (mean, variance) = usesBatch ? countedMoments(of: input) : (self.mean.value, self.variance.value)
        let scales = variance.values.map { 1 / ($0 + epsilon).squareRoot() }
        var normalized = input
        normalized.addToRows(mean, scale: -1)
        normalized.multiplyRows(by: Matrix(rows: 1, columns: scales.count, values: scales))
        if pass == .training { (self.normalized, self.scales) = (normalized, scales) }
        return affine.forward(normalized)
    }

    /// As a layer norm's, over columns instead of rows; the running figures are constants.
    public func backward(_ gradient: Matrix) -> Matrix {
        var result = affine.backward(gradient, normalized: normalized)
        if usesBatch {
            var (means, correlations) = (Matrix(rows: 1, columns: scales.count), Matrix(rows: 1, columns: scales.count))
            means.addSumOfRows(result)
            var products = result
            products.combine(normalized) { $0 * $1 }
            correlations.addSumOfRows(products)
            let count = Float(gradient.rows)
            means.mapValues { $0 / count }
            correlations.mapValues { $0 / count }
            var parts = normalized
            parts.multiplyRows(by: correlations)
            result.addToRows(means, scale: -1)
            result.combine(parts) { $0 - $1 }
        }
        result.multiplyRows(by: Matrix(rows: 1, columns: scales.count, values: scales))
        return result
    }

    /// What the layer does in use, column by column: a scale, and what is added then.
    public var foldedRows: [(scale: Float, shift: Float)] {
        (0..<mean.value.columns).map { column in
            let scale = affine.gain.value[0, column] / (variance.value[0, column] + epsilon).squareRoot()
            return (scale, affine.bias.value[0, column] - mean.value[0, column] * scale)
        }
    }

    /// The batch's mean and biased variance; the running variance gets the unbiased one, as in PyTorch.
    private func countedMoments(of input: Matrix) -> (mean: Matrix, variance: Matrix) {
        let count = Float(input.rows)
        var mean = Matrix(rows: 1, columns: input.columns)
        mean.addSumOfRows(input)
        mean.mapValues { $0 / count }
        var squares = input
        squares.addToRows(mean, scale: -1)
        squares.mapValues { $0 * $0 }
        var variance = Matrix(rows: 1, columns: input.columns)
        variance.addSumOfRows(squares)
        variance.mapValues { $0 / count }
        let momentum = momentum
        self.mean.value.combine(mean) { $0 + momentum * ($1 - $0) }
        self.variance.value.combine(variance) { $0 + momentum * ($1 * count / (count - 1) - $0) }
        return (mean, variance)
    }
}
