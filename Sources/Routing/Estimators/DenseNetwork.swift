public import Neural

/// y = activation(x·Wᵀ + b): all that is left of a layer when its training is over.
public struct DenseLayer: Hashable, Sendable {
    /// What stands behind a layer.
    public enum Activation: String, Hashable, Sendable {
        /// x itself.
        case none
        /// max(x, 0).
        case relu
        /// x·Φ(x).
        case gelu
    }

    /// W: outputs × inputs.
    public var weight: Matrix
    /// b: 1 × outputs.
    public var bias: Matrix
    /// What stands behind it.
    public var activation: Activation

    /// A layer of these weights.
    ///
    /// - Precondition: The bias has a value for each row of the weight.
    public init(weight: Matrix, bias: Matrix, activation: Activation) {
        precondition(bias.rows == 1 && bias.columns == weight.rows, "a bias has a value for each output")
        (self.weight, self.bias, self.activation) = (weight, bias, activation)
    }
}

/// Layers one behind the other, in use.
public struct DenseNetwork: Hashable, Sendable {
    /// The layers, the first one nearest to the input.
    public var layers: [DenseLayer]

    /// A network of `layers`.
    ///
    /// - Precondition: Each takes as many values as the one before gives.
    public init(_ layers: [DenseLayer]) {
        let fits = zip(layers, layers.dropFirst()).allSatisfy { $0.weight.rows == $1.weight.columns }
        precondition(fits && !layers.isEmpty, "each layer takes what the one before gives")
        self.layers = layers
    }

    /// How many values a row of the input has.
    public var inputs: Int { layers[0].weight.columns }
    /// How many values a row of the output has.
    public var outputs: Int { layers[layers.count - 1].weight.rows }

    /// The output for each row of `input`.
    ///
    /// - Complexity: O(rows · weights): a tenth of a millisecond for a row and 200,000 weights.
    public func callAsFunction(_ input: Matrix) -> Matrix {
        layers.reduce(input) { input, layer in
            var output = Matrix.product(input, layer.weight, transposing: .right)
            output.addToRows(layer.bias)
            switch layer.activation {
            case .none: break
            case .relu: output.rectify()
            case .gelu: output.applyGELU()
            }
            return output
        }
    }
}
