internal import Neural

/// An encoder's layers as a program for texts of up to so many tokens.
final class EncoderProgram {
    private let program: Program
    private let input: Buffer
    /// For each layer, where its steps end and its result is; first that of the embeddings.
    private let outputs: [(end: Int, buffer: Buffer)]

    init(
        _ weights: EncoderWeights,
        _ configuration: EncoderConfiguration,
        tokens: Int,
        precision: Precision,
        in workspace: Workspace
    ) throws(KernelError) {
        let hidden = configuration.hidden
        program = try Program(tokens: tokens, precision: precision, in: workspace)
        input = program.floatBuffer(columns: hidden)
        try program.normalize(input, weights.inputNorm, into: input)
        let state = program.buffer(columns: hidden)
        try program.copy(input, into: state)
        var outputs = [(end: program.end, buffer: state)]
        let rooms = Rooms(program, configuration)
        for layer in weights.layers {
            if weights.outputNorm == nil {
                try program.add(layer, configuration, state, rooms)
            } else {
                try program.add(normalizingFirst: layer, configuration, state, rooms)
            }
            outputs.append((program.end, state))
        }
        if let norm = weights.outputNorm {
            try program.normalize(state, norm, into: rooms.normalized)
            outputs[outputs.count - 1] = (program.end, rooms.normalized)
        }
        self.outputs = outputs
    }

    /// Runs the layers up to the highest of `layers`, and calls `body` as each of them is done.
    ///
    /// - Parameters:
    ///   - layers: In rising order.
    ///   - tokens: How many tokens the text has.
    ///   - fill: Puts in what goes into the first normalization, a row for each token.
    ///   - body: Takes the layer's rows.
    /// - Throws: ``KernelError`` if there is no memory.
    func run(
        layers: [Int],
        tokens: Int,
        fill: (inout MutableSpan<Float>) -> Void,
        body: (_ layer: Int, _ rows: EncodedRows) -> Void
    ) throws(KernelError) {
        try program.fill(input, fill)
        var start = 0
        for layer in layers {
            let (end, buffer) = outputs[layer]
            program.run(start..<end, tokens: tokens)
            start = end
            body(layer, EncodedRows(program: program, buffer: buffer, tokens: tokens))
        }
    }
}

/// What a layer has made of a text's tokens; only until the program goes on.
struct EncodedRows {
    fileprivate let program: Program
    fileprivate let buffer: Buffer
    let tokens: Int

    /// The mean of all tokens' rows.
    var mean: [Float] { program.mean(of: buffer, tokens: tokens) }

    /// The row of one token.
    subscript(token: Int) -> [Float] { program.row(token, of: buffer) }
}

/// Room for what a layer makes on its way; the layers take turns.
private struct Rooms {
    let projections: Buffer
    let scores: AttentionScores
    let context: Buffer
    let wide: Buffer
    /// Only where layers normalize first.
    let normalized: Buffer
    let gate: Buffer

    init(_ program: Program, _ configuration: EncoderConfiguration) {
        let isModern = configuration.modern != nil
        projections = program.buffer(columns: 3 * configuration.hidden)
        scores = program.attentionScores(heads: configuration.heads)
        context = program.buffer(columns: configuration.hidden)
        wide = program.buffer(columns: configuration.intermediate)
        normalized = isModern ? program.buffer(columns: configuration.hidden) : context
        gate = isModern ? program.buffer(columns: configuration.intermediate) : wide
    }
}

extension Program {
    /// BERT's order: add, then normalize.
    fileprivate func add(
        _ layer: EncoderLayer,
        _ configuration: EncoderConfiguration,
        _ state: Buffer,
        _ rooms: Rooms
    ) throws(KernelError) {
        try attention(layer, configuration, of: state, rooms)
        try linear(layer.attentionOutput, of: rooms.context, into: state, adding: true)
        if let norm = layer.attentionNorm { try normalize(state, norm, into: state) }
        try linear(layer.expansion, of: state, into: rooms.wide, activation: configuration.activation)
        try linear(layer.contraction, of: rooms.wide, into: state, adding: true)
        try normalize(state, layer.outputNorm, into: state)
    }

    /// ModernBERT's order: normalize, then add.
    fileprivate func add(
        normalizingFirst layer: EncoderLayer,
        _ configuration: EncoderConfiguration,
        _ state: Buffer,
        _ rooms: Rooms
    ) throws(KernelError) {
        if let norm = layer.attentionNorm { try normalize(state, norm, into: rooms.normalized) }
        try attention(layer, configuration, of: layer.attentionNorm == nil ? state : rooms.normalized, rooms)
        try linear(layer.attentionOutput, of: rooms.context, into: state, adding: true)
        try normalize(state, layer.outputNorm, into: rooms.normalized)
        try linear(layer.expansion, of: rooms.normalized, into: rooms.wide, activation: configuration.activation)
        var wide = rooms.wide
        if let gate = layer.gate {
            try linear(gate, of: rooms.normalized, into: rooms.gate, times: wide)
            wide = rooms.gate
        }
        try linear(layer.contraction, of: wide, into: state, adding: true)
    }

    private func attention(
        _ layer: EncoderLayer,
        _ configuration: EncoderConfiguration,
        of input: Buffer,
        _ rooms: Rooms
    ) throws(KernelError) {
        try linear(layer.projections, of: input, into: rooms.projections)
        if let rotation = layer.rotation { rotate(rooms.projections, heads: configuration.heads, by: rotation) }
        try attend(
            rooms.projections,
            heads: configuration.heads,
            window: layer.window,
            scores: rooms.scores,
            into: rooms.context
        )
    }
}
