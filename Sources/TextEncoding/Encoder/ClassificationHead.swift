internal import Neural

/// What turns an encoder's last layer into logits of labels.
struct ClassificationHead: Sendable {
    private let takesMean: Bool
    /// The layer before the labels'; BERT calls it the pooler.
    private let hidden: Dense
    private let activation: Activation
    private let norm: Dense.Norm?
    private let labels: Dense

    /// Reads the head of a family; `nil` if the file has none, or one for single tokens, which has no layer before it.
    init?(_ reader: WeightReader, _ configuration: EncoderConfiguration) throws(EncoderError) {
        let (size, head) = (configuration.hidden, configuration.head)
        let names: (hidden: String, labels: String) =
            switch configuration.family {
            case .bert: ("bert.pooler.dense", "classifier")
            case .distilbert: ("pre_classifier", "classifier")
            case .roberta: ("classifier.dense", "classifier.out_proj")
            case .modernbert: ("head.dense", "classifier")
            }
        guard reader.hasHead("\(names.labels).weight"), reader.hasHead("\(names.hidden).weight") else { return nil }
        let isModern = configuration.family == .modernbert
        takesMean = isModern && head.takesMean
        hidden = try Dense(reader, names.hidden, inputs: size, outputs: size, hasBias: !isModern || head.hasBias)
        activation =
            switch configuration.family {
            case .bert, .roberta: .tanh
            case .distilbert: .relu
            case .modernbert: head.activation
            }
        let hasNormBias = configuration.modern?.hasNormBias ?? false
        norm =
            isModern
            ? Dense.Norm(
                gain: try reader.headRow("head.norm.weight", count: size),
                bias: hasNormBias ? try reader.headRow("head.norm.bias", count: size) : nil,
                epsilon: configuration.epsilon
            ) : nil
        labels = try Dense(reader, names.labels, inputs: size, outputs: head.labels.count, hasBias: true)
    }

    /// The logits of a text.
    func logits(_ rows: EncodedRows) -> [Float] {
        var values = hidden.apply(to: takesMean ? rows.mean : rows[0]).map(activation.value)
        if let norm { values = norm.apply(to: values) }
        return labels.apply(to: values)
    }
}

/// A layer for one row at a time: too small to be worth packing.
struct Dense: Sendable {
    private let weights: Matrix
    private let bias: [Float]

    init(_ reader: WeightReader, _ name: String, inputs: Int, outputs: Int, hasBias: Bool) throws(EncoderError) {
        weights = try reader.headTable("\(name).weight", rows: outputs, columns: inputs)
        bias =
            hasBias
            ? try reader.headRow("\(name).bias", count: outputs) : Array(repeating: 0, count: outputs)
    }

    func apply(to row: [Float]) -> [Float] {
        let product = Matrix.product(
            Matrix(rows: 1, columns: row.count, values: row),
            weights,
            transposing: .right
        )
        return zip(product.values, bias).map { $0 + $1 }
    }

    /// A normalization of one row.
    struct Norm: Sendable {
        let gain: [Float]
        let bias: [Float]?
        let epsilon: Float

        func apply(to row: [Float]) -> [Float] {
            let mean = row.reduce(0, +) / Float(row.count)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(row.count)
            let scale = 1 / (variance + epsilon).squareRoot()
            return row.indices.map { (row[$0] - mean) * scale * gain[$0] + (bias?[$0] ?? 0) }
        }
    }
}
