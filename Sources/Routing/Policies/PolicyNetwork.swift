public import Neural

/// Linear layers in use, with tanh or max(x, 0) between them: one observation in, a number for each model out.
public struct PolicyNetwork: Hashable, Sendable {
    /// What stands between the layers.
    public enum Activation: String, Hashable, Sendable {
        /// The hyperbolic tangent.
        case tanh
        /// max(x, 0).
        case relu
    }

    /// What stands between the layers.
    public let activation: Activation
    /// The layers' weights, outputs × inputs, and biases.
    public let layers: [(weight: Matrix, bias: [Float])]
    /// The same as inputs × outputs, filled up with zeros to whole vectors: quick to multiply.
    private let steps: [(weight: Matrix, bias: [Float])]

    /// A network of `layers`, the first one nearest to the observation, with `activation` between them.
    ///
    /// - Precondition: Each takes as many values as the one before gives, and there is one.
    public init(_ layers: [(weight: Matrix, bias: [Float])], activation: Activation = .tanh) {
        let fits = zip(layers, layers.dropFirst()).allSatisfy { $0.weight.rows == $1.weight.columns }
        let isWhole = layers.allSatisfy { $0.weight.rows == $0.bias.count }
        precondition(fits && isWhole && !layers.isEmpty, "each layer takes what the one before gives")
        (self.layers, self.activation) = (layers, activation)
        steps = layers.map { layer in
            let (inputs, outputs) = (layer.weight.columns, layer.weight.rows)
            var weight = Matrix(rows: inputs, columns: (outputs + 15) / 16 * 16)
            for input in 0..<inputs {
                for output in 0..<outputs { weight[input, output] = layer.weight[output, input] }
            }
            return (weight, layer.bias + Array(repeating: 0, count: weight.columns - outputs))
        }
    }

    /// How many numbers an observation has.
    public var inputs: Int { layers[0].weight.columns }
    /// How many numbers come out.
    public var outputs: Int { layers[layers.count - 1].weight.rows }

    /// What comes out for an observation.
    ///
    /// - Precondition: It has as many numbers as there are inputs.
    public func callAsFunction(_ observation: [Float]) -> [Float] {
        var (values, lent) = (observation, [] as [Float])
        evaluate(&values, with: &lent)
        return values
    }

    /// Replaces an observation by what comes out for it; `lent` lends its storage, so that nothing is allocated the next time.
    ///
    /// - Precondition: There are as many numbers as inputs.
    public func evaluate(_ values: inout [Float], with lent: inout [Float]) {
        precondition(values.count >= inputs, "a number for each input")
        for (index, step) in steps.enumerated() {
            lent.removeAll(keepingCapacity: true)
            lent += step.bias
            step.weight.addProduct(of: values, to: &lent)
            if index + 1 < steps.count { activation.apply(to: &lent) }
            swap(&values, &lent)
        }
        values.removeLast(values.count - outputs)
    }

    /// Whether two networks compute the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.activation == right.activation
            && left.layers.elementsEqual(right.layers) { $0.weight == $1.weight && $0.bias == $1.bias }
    }

    /// By the weights.
    public func hash(into hasher: inout Hasher) { for layer in layers { hasher.combine(layer.weight) } }
}

extension PolicyNetwork.Activation {
    @inline(__always)
    fileprivate func apply(to values: inout [Float]) {
        switch self {
        case .tanh: values.applyTanh()
        case .relu: for place in values.indices { values[place] = max(values[place], 0) }
        }
    }
}
