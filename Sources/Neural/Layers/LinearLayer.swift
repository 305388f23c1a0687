public import Domain

/// y = x·Wᵀ + b, with W of outputs × inputs as Hugging Face's files have it.
public final class LinearLayer: Layer {
    /// W: outputs × inputs.
    public let weight: Parameter
    /// b: 1 × outputs.
    public let bias: Parameter
    private let hasBias: Bool
    private var input = Matrix(rows: 0, columns: 0)
    /// The weight and, if there is one, the bias.
    public var parameters: [Parameter] { hasBias ? [weight, bias] : [weight] }

    /// A layer of these values, called `name` with `.weight` and `.bias`.
    ///
    /// Without a bias it is 0, and stays so.
    ///
    /// - Precondition: The bias has a value for each row of the weight.
    public init(_ name: String, weight: Matrix, bias: Matrix?) {
        let values = bias ?? Matrix(rows: 1, columns: weight.rows)
        precondition(values.rows == 1 && values.columns == weight.rows, "a bias has a value for each output")
        self.weight = Parameter(name: name + ".weight", role: .weight, value: weight)
        self.bias = Parameter(name: name + ".bias", role: .offset, value: values)
        hasBias = bias != nil
    }

    /// A layer whose values are drawn evenly from ±1/√inputs, as PyTorch's are.
    public convenience init(_ name: String, inputs: Int, outputs: Int, using generator: inout SeededGenerator) {
        let bound = 1 / Float(max(1, inputs)).squareRoot()
        let weight = Matrix.uniform(rows: outputs, columns: inputs, bound: bound, using: &generator)
        self.init(name, weight: weight, bias: .uniform(rows: 1, columns: outputs, bound: bound, using: &generator))
    }

    /// x·Wᵀ + b.
    public func forward(_ input: Matrix, _ pass: Pass) -> Matrix {
        if pass == .training { self.input = input }
        var output = Matrix.product(input, weight.value, transposing: .right)
        output.addToRows(bias.value)
        return output
    }

    /// dx = dy·W, dW = dyᵀ·x, db = Σ dy.
    public func backward(_ gradient: Matrix) -> Matrix {
        weight.gradient.accumulate(gradient, input, transposing: .left)
        bias.gradient.addSumOfRows(gradient)
        return Matrix.product(gradient, weight.value)
    }
}
