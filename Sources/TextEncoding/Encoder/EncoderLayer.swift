internal import Neural

/// One layer of an encoder: attention, then a feed-forward network, each added to what it is given.
struct EncoderLayer: Sendable {
    let projections: PackedLinear
    let attentionOutput: PackedLinear
    /// Before the attention if the encoder normalizes first, where the first layer has none; else behind it.
    let attentionNorm: PackedLayerNorm?
    let expansion: PackedLinear
    /// The factor of a gated expansion: Shazeer, "GLU Variants Improve Transformer", 2020.
    let gate: PackedLinear?
    let contraction: PackedLinear
    /// Before the feed-forward network if the encoder normalizes first; else behind it.
    let outputNorm: PackedLayerNorm
    let window: Int?
    let rotation: Rotation?
}

/// The weights of an encoder.
struct EncoderWeights: Sendable {
    /// What a token adds to its row: by its number, its place, its segment.
    let words: Matrix
    let places: Matrix?
    let types: Matrix?
    let inputNorm: PackedLayerNorm
    let layers: [EncoderLayer]
    /// Behind the last layer, where layers normalize first and the last one is loaded.
    let outputNorm: PackedLayerNorm?

    /// Reads the embeddings and the first so many `layers`.
    init(
        _ reader: WeightReader,
        _ configuration: EncoderConfiguration,
        layers: Int,
        tokensMax: Int
    ) throws(EncoderError) {
        switch configuration.family {
        case .bert, .roberta, .distilbert: try self.init(classic: configuration, reader, layers)
        case .modernbert: try self.init(modern: configuration, reader, layers, tokensMax: tokensMax)
        }
    }

    private init(
        classic configuration: EncoderConfiguration,
        _ reader: WeightReader,
        _ count: Int
    ) throws(EncoderError) {
        let (hidden, wide) = (configuration.hidden, configuration.intermediate)
        let names = ClassicNames(isDistilled: configuration.family == .distilbert)
        words = try reader.table("embeddings.word_embeddings.weight", rows: configuration.vocabulary, columns: hidden)
        places = try reader.table(
            "embeddings.position_embeddings.weight",
            rows: configuration.positions + configuration.firstPosition,
            columns: hidden
        )
        types =
            configuration.types == 0
            ? nil
            : try reader.table("embeddings.token_type_embeddings.weight", rows: configuration.types, columns: hidden)
        let epsilon = configuration.epsilon
        inputNorm = try reader.norm("embeddings.LayerNorm", count: hidden, epsilon: epsilon)
        var layers: [EncoderLayer] = []
        for index in 0..<count {
            let path = "\(names.layer).\(index)."
            layers.append(
                EncoderLayer(
                    projections: try reader.projections(
                        names.projections.map { path + $0 },
                        hidden: hidden,
                        headSize: configuration.headSize
                    ),
                    attentionOutput: try reader.linear(path + names.attentionOutput, inputs: hidden, outputs: hidden),
                    attentionNorm: try reader.norm(path + names.attentionNorm, count: hidden, epsilon: epsilon),
                    expansion: try reader.linear(path + names.expansion, inputs: hidden, outputs: wide),
                    gate: nil,
                    contraction: try reader.linear(path + names.contraction, inputs: wide, outputs: hidden),
                    outputNorm: try reader.norm(path + names.outputNorm, count: hidden, epsilon: epsilon),
                    window: nil,
                    rotation: nil
                )
            )
        }
        self.layers = layers
        outputNorm = nil
    }

    private init(
        modern configuration: EncoderConfiguration,
        _ reader: WeightReader,
        _ count: Int,
        tokensMax: Int
    ) throws(EncoderError) {
        guard let modern = configuration.modern else { throw .unsupported(field: "model_type", value: "modernbert") }
        let (hidden, wide, size) = (configuration.hidden, configuration.intermediate, configuration.headSize)
        let (epsilon, hasNormBias) = (configuration.epsilon, modern.hasNormBias)
        let hasBias = modern.hasFeedForwardBias
        func norm(_ name: String) throws(EncoderError) -> PackedLayerNorm {
            try reader.norm(name, count: hidden, epsilon: epsilon, hasBias: hasNormBias)
        }
        words = try reader.table("embeddings.tok_embeddings.weight", rows: configuration.vocabulary, columns: hidden)
        (places, types) = (nil, nil)
        inputNorm = try norm("embeddings.norm")
        let everywhere = Rotation(size: size, base: modern.globalBase, tokensMax: tokensMax)
        let nearby = Rotation(size: size, base: modern.localBase, tokensMax: tokensMax)
        var layers: [EncoderLayer] = []
        for (index, window) in modern.windows.prefix(count).enumerated() {
            let path = "layers.\(index)."
            layers.append(
                EncoderLayer(
                    projections: try reader.projections(
                        [path + "attn.Wqkv"],
                        hidden: hidden,
                        headSize: size,
                        hasBias: modern.hasAttentionBias
                    ),
                    attentionOutput: try reader.linear(
                        path + "attn.Wo",
                        inputs: hidden,
                        outputs: hidden,
                        hasBias: modern.hasAttentionBias
                    ),
                    attentionNorm: index == 0 ? nil : try norm(path + "attn_norm"),
                    expansion: try reader.linear(
                        path + "mlp.Wi",
                        inputs: hidden,
                        outputs: 2 * wide,
                        hasBias: hasBias,
                        part: 0..<wide
                    ),
                    gate: try reader.linear(
                        path + "mlp.Wi",
                        inputs: hidden,
                        outputs: 2 * wide,
                        hasBias: hasBias,
                        part: wide..<2 * wide
                    ),
                    contraction: try reader.linear(path + "mlp.Wo", inputs: wide, outputs: hidden, hasBias: hasBias),
                    outputNorm: try norm(path + "mlp_norm"),
                    window: window,
                    rotation: window == nil ? everywhere : nearby
                )
            )
        }
        self.layers = layers
        outputNorm = count < modern.windows.count ? nil : try norm("final_norm")
    }
}

/// The names of weights in the layers of BERT and RoBERTa, and those of DistilBERT.
private struct ClassicNames {
    let layer: String
    let projections: [String]
    let attentionOutput: String
    let attentionNorm: String
    let expansion: String
    let contraction: String
    let outputNorm: String

    init(isDistilled: Bool) {
        if isDistilled {
            layer = "transformer.layer"
            projections = ["attention.q_lin", "attention.k_lin", "attention.v_lin"]
            (attentionOutput, attentionNorm) = ("attention.out_lin", "sa_layer_norm")
            (expansion, contraction, outputNorm) = ("ffn.lin1", "ffn.lin2", "output_layer_norm")
        } else {
            layer = "encoder.layer"
            projections = ["attention.self.query", "attention.self.key", "attention.self.value"]
            (attentionOutput, attentionNorm) = ("attention.output.dense", "attention.output.LayerNorm")
            (expansion, contraction, outputNorm) = ("intermediate.dense", "output.dense", "output.LayerNorm")
        }
    }
}
