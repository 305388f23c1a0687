import Foundation
import Neural
import TextEncoding

/// The weights of a model's folder as layers that can be trained, under the names of its family.
struct TransformerWeights {
    let configuration: EncoderConfiguration
    private let file: SafetensorsFile
    /// What comes before the encoder's own names where the file has a head as well.
    private let prefix: String

    init(folder: String) throws(EncoderError) {
        let text: [UInt8]?
        do throws(FileError) {
            text = try FileBytes.read("\(folder)/config.json", bytesMax: 1 << 24)
            file = try SafetensorsFile(folder: folder)
        } catch {
            throw .unreadable(error)
        }
        guard let text else { throw .missing(file: "config.json") }
        configuration = try EncoderConfiguration(json: text)
        guard configuration.activation == .gelu else {
            let field = configuration.modern == nil ? "hidden_act" : "hidden_activation"
            throw .unsupported(field: field, value: "\(configuration.activation), for training,")
        }
        let marker = "embeddings.\(configuration.modern == nil ? "word" : "tok")_embeddings.weight"
        let names = file.tensors
        guard
            let prefix = ["", "bert.", "distilbert.", "roberta.", "model."].first(where: { names[$0 + marker] != nil })
        else { throw .weights(.missing(tensor: marker)) }
        self.prefix = prefix
    }

    func embedding(_ name: String, rows: Int) throws(EncoderError) -> Embedding {
        let name = "\(prefix)embeddings.\(name)"
        return Embedding(name, table: try matrix("\(name).weight", rows: rows, columns: configuration.hidden))
    }

    func norm(_ name: String) throws(EncoderError) -> LayerNormLayer {
        let name = prefix + name
        // Old files have other names for the two; what is written has the new ones.
        let isOld = file.tensors["\(name).gamma"] != nil
        return LayerNormLayer(
            name,
            gain: try row("\(name).\(isOld ? "gamma" : "weight")", count: configuration.hidden),
            bias: configuration.modern?.hasNormBias ?? true
                ? try row("\(name).\(isOld ? "beta" : "bias")", count: configuration.hidden) : nil,
            epsilon: configuration.epsilon
        )
    }

    /// The norm behind the last layer, where layers normalize first.
    func outputNorm() throws(EncoderError) -> LayerNormLayer? {
        configuration.modern == nil ? nil : try norm("final_norm")
    }

    func layer(_ index: Int, dropout: @escaping () -> Dropout) throws(EncoderError) -> any TransformerBlock {
        if let modern = configuration.modern { return try layer(index, of: modern, dropout: dropout) }
        let names = configuration.family == .distilbert ? LayerNames.distilbert(index) : .bert(index)
        let (hidden, inner) = (configuration.hidden, configuration.intermediate)
        return TransformerLayer(
            attention: MultiHeadAttention(
                projections: [
                    try linear(names.query, inputs: hidden, outputs: hidden),
                    try linear(names.key, inputs: hidden, outputs: hidden),
                    try linear(names.value, inputs: hidden, outputs: hidden),
                ],
                output: try linear(names.output, inputs: hidden, outputs: hidden),
                headCount: configuration.heads,
                dropout: dropout
            ),
            attentionNorm: try norm(names.attentionNorm),
            up: try linear(names.up, inputs: hidden, outputs: inner),
            down: try linear(names.down, inputs: inner, outputs: hidden),
            outputNorm: try norm(names.outputNorm),
            dropout: dropout
        )
    }

    private func layer(
        _ index: Int,
        of modern: ModernConfiguration,
        dropout: @escaping () -> Dropout
    ) throws(EncoderError) -> ModernTransformerLayer {
        let path = "layers.\(index)."
        let (hidden, inner) = (configuration.hidden, configuration.intermediate)
        let (attends, feeds) = (modern.hasAttentionBias, modern.hasFeedForwardBias)
        let window = modern.windows[index]
        return ModernTransformerLayer(
            attentionNorm: index == 0 ? nil : try norm("\(path)attn_norm"),
            attention: MultiHeadAttention(
                projections: [
                    try linear("\(path)attn.Wqkv", inputs: hidden, outputs: 3 * hidden, hasBias: attends)
                ],
                output: try linear("\(path)attn.Wo", inputs: hidden, outputs: hidden, hasBias: attends),
                headCount: configuration.heads,
                window: window,
                rotation: Rotation(
                    size: configuration.headSize,
                    base: window == nil ? modern.globalBase : modern.localBase,
                    tokensMax: configuration.positions
                ),
                dropout: dropout
            ),
            feedForwardNorm: try norm("\(path)mlp_norm"),
            up: try linear("\(path)mlp.Wi", inputs: hidden, outputs: 2 * inner, hasBias: feeds),
            down: try linear("\(path)mlp.Wo", inputs: inner, outputs: hidden, hasBias: feeds),
            dropout: dropout
        )
    }

    private func linear(
        _ name: String,
        inputs: Int,
        outputs: Int,
        hasBias: Bool = true
    ) throws(EncoderError) -> LinearLayer {
        let name = prefix + name
        let weight = try matrix("\(name).weight", rows: outputs, columns: inputs)
        return LinearLayer(name, weight: weight, bias: hasBias ? try row("\(name).bias", count: outputs) : nil)
    }

    private func matrix(_ name: String, rows: Int, columns: Int) throws(EncoderError) -> Matrix {
        do { return try file.matrix(name, rows: rows, columns: columns) } catch { throw .weights(error) }
    }

    private func row(_ name: String, count: Int) throws(EncoderError) -> Matrix {
        do { return Matrix(rows: 1, columns: count, values: try file.floats(name, shape: [count])) } catch {
            throw .weights(error)
        }
    }
}

/// What a family calls the parts of a layer.
private struct LayerNames {
    let query: String
    let key: String
    let value: String
    let output: String
    let attentionNorm: String
    let up: String
    let down: String
    let outputNorm: String

    static func bert(_ index: Int) -> LayerNames {
        let layer = "encoder.layer.\(index)"
        return LayerNames(
            query: "\(layer).attention.self.query",
            key: "\(layer).attention.self.key",
            value: "\(layer).attention.self.value",
            output: "\(layer).attention.output.dense",
            attentionNorm: "\(layer).attention.output.LayerNorm",
            up: "\(layer).intermediate.dense",
            down: "\(layer).output.dense",
            outputNorm: "\(layer).output.LayerNorm"
        )
    }

    static func distilbert(_ index: Int) -> LayerNames {
        let layer = "transformer.layer.\(index)"
        return LayerNames(
            query: "\(layer).attention.q_lin",
            key: "\(layer).attention.k_lin",
            value: "\(layer).attention.v_lin",
            output: "\(layer).attention.out_lin",
            attentionNorm: "\(layer).sa_layer_norm",
            up: "\(layer).ffn.lin1",
            down: "\(layer).ffn.lin2",
            outputNorm: "\(layer).output_layer_norm"
        )
    }
}
