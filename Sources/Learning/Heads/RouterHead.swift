import Domain
public import Neural
public import Routing

/// What a network says of a batch.
public struct NetworkOutput {
    /// What its last layer sees of each example.
    public let embeddings: Matrix
    /// Its output for each class or model, unnormalized.
    public let logits: Matrix
}

/// A head that can be trained: features in, embeddings and logits out.
public final class RouterHead {
    /// How many numbers a row of features has.
    public let inputs: Int
    /// How many classes or models there are.
    public let outputs: Int
    private let shape: HeadShape
    private let trunk: Sequential
    private let trunkLayers: [HiddenLayer]
    private let top: any Layer
    /// Those of all layers.
    public var parameters: [Parameter] { trunk.parameters + top.parameters }
    /// How many numbers an embedding has.
    public var embeddingWidth: Int { shape.hidden.last ?? inputs }

    /// A head whose weights `seed` decides.
    public init(_ shape: HeadShape, inputs: Int, outputs: Int, seed: UInt64, chance: Chance) {
        var generator = SeededGenerator(seed: seed)
        var width = inputs
        trunkLayers = shape.hidden.enumerated().map { index, hidden in
            defer { width = hidden }
            return HiddenLayer(index, shape, inputs: width, outputs: hidden, chance, using: &generator)
        }
        let input: [any Layer] = shape.inputDropout > 0 ? [Dropout(shape.inputDropout, chance)] : []
        trunk = Sequential(input + trunkLayers.flatMap(\.layers))
        top =
            shape.isDueling
            ? DuelingOutput(inputs: width, choices: outputs, activation: shape.activation, using: &generator)
            : LinearLayer("head.output", inputs: width, outputs: outputs, using: &generator)
        (self.shape, self.inputs, self.outputs) = (shape, inputs, outputs)
    }

    /// The output for each row of features.
    public func forward(_ features: Matrix, _ pass: Pass) -> NetworkOutput {
        let embeddings = trunk.forward(features, pass)
        return NetworkOutput(embeddings: embeddings, logits: top.forward(embeddings, pass))
    }

    /// The derivative with respect to the features, of a loss of the logits and, if it has it, of the embeddings.
    public func backward(logits: Matrix, embeddings: Matrix?) -> Matrix {
        var gradient = top.backward(logits)
        if let embeddings { gradient.add(embeddings) }
        return trunk.backward(gradient)
    }

    /// The same function in use, as layers of y = activation(x·Wᵀ + b), the last one without an activation.
    public var denseLayers: [DenseLayer] {
        let hidden = trunkLayers.map(\.dense)
        if let dueling = top as? DuelingOutput { return hidden + dueling.denseLayers }
        guard let output = top as? LinearLayer else { return hidden }
        return hidden + [DenseLayer(weight: output.weight.value, bias: output.bias.value, activation: .none)]
    }
}

extension HeadShape.Activation {
    /// What it is in use.
    var dense: DenseLayer.Activation {
        switch self {
        case .relu: .relu
        case .gelu: .gelu
        }
    }

    /// The layer that computes it.
    var layer: any Layer {
        switch self {
        case .relu: ReLU()
        case .gelu: GELU()
        }
    }
}

/// One hidden layer with what stands behind it.
private struct HiddenLayer {
    private let linear: LinearLayer
    private let norm: BatchNorm?
    private let activation: HeadShape.Activation
    let layers: [any Layer]

    init(
        _ index: Int,
        _ shape: HeadShape,
        inputs: Int,
        outputs: Int,
        _ chance: Chance,
        using generator: inout SeededGenerator
    ) {
        linear = LinearLayer("head.\(index)", inputs: inputs, outputs: outputs, using: &generator)
        norm = shape.isNormalized ? BatchNorm("head.\(index).norm", columns: outputs) : nil
        activation = shape.activation
        layers = [linear] + (norm.map { [$0] } ?? []) + [shape.activation.layer, Dropout(shape.dropout, chance)]
    }

    /// With the normalization by running figures folded into the weights.
    var dense: DenseLayer {
        var dense = DenseLayer(weight: linear.weight.value, bias: linear.bias.value, activation: activation.dense)
        guard let norm else { return dense }
        for (row, (scale, shift)) in norm.foldedRows.enumerated() {
            for column in 0..<dense.weight.columns { dense.weight[row, column] *= scale }
            dense.bias[0, row] = dense.bias[0, row] * scale + shift
        }
        return dense
    }
}
