public import Neural
public import TextEncoding

/// An encoder of the BERT family that can be trained from its word embeddings up.
///
/// It reads the folders that ``Encoder`` reads, and writes what ``Encoder`` can use then: BERT, MiniLM, DistilBERT, RoBERTa,
/// CodeBERT and ModernBERT.
public final class TransformerEncoder {
    /// What a text's tokens make together.
    public enum Pooling: String, CaseIterable, Hashable, Sendable {
        /// The mean of all tokens, as ``Encoder/encode(_:layers:)`` has it.
        case mean
        /// The first token, which BERT's own classifiers look at.
        case first
    }

    /// How many values a vector has.
    public let width: Int
    /// How many layers there are below the output.
    public let layerCount: Int
    /// Every weight that is trained, under its name in the file.
    public let parameters: [Parameter]
    private let embeddings: TransformerEmbeddings
    private let layers: [any TransformerBlock]
    /// Behind the last layer, where layers normalize first.
    private let outputNorm: LayerNormLayer?
    private let pooling: Pooling
    private var lengths: [Int] = []

    /// The encoder of a model's folder, up to a layer.
    ///
    /// - Parameters:
    ///   - folder: As Hugging Face's libraries write it.
    ///   - layer: The highest layer, whose output counts; all of them if left out. Those above stay as they are.
    ///   - pooling: What a text's tokens make together.
    ///   - dropout: The probability with which values are dropped in training; 0.1 in BERT.
    ///   - chance: What they are drawn from.
    /// - Throws: ``EncoderError``.
    public init(
        folder: String,
        layer: Int? = nil,
        pooling: Pooling,
        dropout: Float,
        chance: Chance
    ) throws(EncoderError) {
        let source = try TransformerWeights(folder: folder)
        let configuration = source.configuration
        guard 1...configuration.layers ~= layer ?? configuration.layers else {
            throw .noSuchLayer(layer ?? 0, count: configuration.layers)
        }
        let makeDropout = { Dropout(dropout, chance) }
        embeddings = try TransformerEmbeddings(source, dropout: makeDropout())
        var layers: [any TransformerBlock] = []
        for index in 0..<(layer ?? configuration.layers) {
            layers.append(try source.layer(index, dropout: makeDropout))
        }
        self.layers = layers
        layerCount = layers.count
        width = configuration.hidden
        outputNorm = layerCount == configuration.layers ? try source.outputNorm() : nil
        parameters = embeddings.parameters + layers.flatMap(\.parameters) + (outputNorm?.parameters ?? [])
        self.pooling = pooling
    }

    /// A row for each text.
    public func forward(_ texts: [Encoding], _ pass: Pass) -> Matrix {
        lengths = texts.map(\.ids.count)
        let states = layers.reduce(embeddings.forward(texts, pass)) { $1.forward($0, lengths: lengths, pass) }
        let tokens = outputNorm?.forward(states, pass) ?? states
        var pooled = Matrix(rows: texts.count, columns: width)
        forEachToken { text, row, share in
            for column in 0..<width { pooled[text, column] += share * tokens[row, column] }
        }
        return pooled
    }

    /// Adds to the gradients of all weights, given the derivative with respect to the texts' rows.
    public func backward(_ gradient: Matrix) {
        var tokens = Matrix(rows: lengths.reduce(0, +), columns: width)
        forEachToken { text, row, share in
            for column in 0..<width { tokens[row, column] = share * gradient[text, column] }
        }
        let states = outputNorm?.backward(tokens) ?? tokens
        embeddings.backward(layers.reversed().reduce(states) { $1.backward($0) })
    }

    /// Tells the text and the row of each token that counts, and its share of the text's vector.
    private func forEachToken(_ body: (_ text: Int, _ row: Int, _ share: Float) -> Void) {
        var start = 0
        for (text, length) in lengths.enumerated() {
            let counted = pooling == .mean ? length : min(1, length)
            for row in start..<start + counted { body(text, row, 1 / Float(counted)) }
            start += length
        }
    }
}

/// The tables that tokens are looked up in: words, and in most families places and segments.
final class TransformerEmbeddings {
    private let words: Embedding
    private let places: Embedding?
    private let types: Embedding?
    private let norm: LayerNormLayer
    private let dropout: Dropout
    private let firstPosition: Int32

    init(_ source: TransformerWeights, dropout: Dropout) throws(EncoderError) {
        let configuration = source.configuration
        let isModern = configuration.modern != nil
        words = try source.embedding(
            isModern ? "tok_embeddings" : "word_embeddings",
            rows: configuration.vocabulary
        )
        let placeCount = configuration.positions + configuration.firstPosition
        places = isModern ? nil : try source.embedding("position_embeddings", rows: placeCount)
        types = configuration.types > 0 ? try source.embedding("token_type_embeddings", rows: configuration.types) : nil
        norm = try source.norm(isModern ? "embeddings.norm" : "embeddings.LayerNorm")
        self.dropout = dropout
        firstPosition = Int32(configuration.firstPosition)
    }

    var parameters: [Parameter] {
        [words.table] + [places, types].compactMap { $0?.table } + norm.parameters
    }

    func forward(_ texts: [Encoding], _ pass: Pass) -> Matrix {
        var sum = words.forward(texts.flatMap(\.ids), pass)
        if let places {
            sum.add(places.forward(texts.flatMap { $0.ids.indices.map { firstPosition + Int32($0) } }, pass))
        }
        if let types { sum.add(types.forward(texts.flatMap(\.typeIDs), pass)) }
        return dropout.forward(norm.forward(sum, pass), pass)
    }

    func backward(_ gradient: Matrix) {
        let sum = norm.backward(dropout.backward(gradient))
        words.backward(sum)
        places?.backward(sum)
        types?.backward(sum)
    }
}
