/// The gain and the bias of each column behind a normalization: y[c] = gain[c] · n[c] + bias[c].
struct ElementwiseAffine {
    /// The scale of each column: 1 × columns.
    let gain: Parameter
    /// The shift of each column: 1 × columns.
    let bias: Parameter

    /// Parameters called `name` with `.weight` and `.bias`.
    init(_ name: String, gain: Matrix, bias: Matrix) {
        precondition(gain.rows == 1 && bias.rows == 1 && gain.columns == bias.columns, "one value a column")
        self.gain = Parameter(name: name + ".weight", role: .offset, value: gain)
        self.bias = Parameter(name: name + ".bias", role: .offset, value: bias)
    }

    func forward(_ normalized: Matrix) -> Matrix {
        var output = normalized
        output.multiplyRows(by: gain.value)
        output.addToRows(bias.value)
        return output
    }

    /// Adds to both gradients, and gives that of the normalized rows.
    func backward(_ gradient: Matrix, normalized: Matrix) -> Matrix {
        bias.gradient.addSumOfRows(gradient)
        var products = gradient
        products.combine(normalized) { $0 * $1 }
        gain.gradient.addSumOfRows(products)
        var result = gradient
        result.multiplyRows(by: gain.value)
        return result
    }
}
