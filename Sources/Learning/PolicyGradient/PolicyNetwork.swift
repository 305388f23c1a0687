public import Neural

/// Layers with tanh between them, in use: one observation in, a number for each model out.
public struct PolicyNetwork: Hashable, Sendable {
    /// The layers' weights, outputs × inputs, and biases.
    public let layers: [(weight: Matrix, bias: [Float])]

    /// A network of `layers`, the first one nearest to the observation.
    ///
    /// - Precondition: Each takes as many values as the one before gives, and there is one.
    public init(_ layers: [(weight: Matrix, bias: [Float])]) {
        let fits = zip(layers, layers.dropFirst()).allSatisfy { $0.weight.rows == $1.weight.columns }
        let isWhole = layers.allSatisfy { $0.weight.rows == $0.bias.count }
        precondition(fits && isWhole && !layers.isEmpty, "each layer takes what the one before gives")
        self.layers = layers
    }

    /// How many numbers an observation has.
    public var inputs: Int { layers[0].weight.columns }
    /// How many numbers come out.
    public var outputs: Int { layers[layers.count - 1].weight.rows }

    /// What comes out for an observation.
    ///
    /// - Precondition: It has as many numbers as there are inputs.
    public func callAsFunction(_ observation: [Float]) -> [Float] {
        var values = observation
        for (index, layer) in layers.enumerated() {
            values = layer.weight.products(with: values)
            for place in values.indices { values[place] += layer.bias[place] }
            if index + 1 < layers.count { values.applyTanh() }
        }
        return values
    }

    /// Whether two networks compute the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.layers.elementsEqual(right.layers) { $0.weight == $1.weight && $0.bias == $1.bias }
    }

    /// By the weights.
    public func hash(into hasher: inout Hasher) { for layer in layers { hasher.combine(layer.weight) } }
}
