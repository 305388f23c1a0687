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
        // What layers add up stays in floats: rounding it each time would cost more than products of rounded numbers do.
        let state = program.floatBuffer(columns: hidden)
        try program.normalize(state, weights.inputNorm, into: state)
        input = state
        var outputs = [(end: program.end, buffer: state)]
        let rooms = Rooms(program, configuration)
        for layer in weights.layers {
            if configuration.modern == nil {
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
    ///   - lookups: Tables whose sum goes into the first normalization, each with its rows for the tokens.
    ///   - body: Takes the layer's rows.
    /// - Throws: ``KernelError`` if there is no memory.
    func run(
        layers: [Int],
        tokens: Int,
        lookups: [(table: Matrix, rows: [Int])],
        body: (_ layer: Int, _ rows: EncodedRows) -> Void
    ) throws(KernelError) {
        try program.fill(input, with: lookups)
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
    /// What products take, where they don't take floats.
    let operand: Buffer?
    let attention: AttentionRoom
    let context: Buffer
    let wide: Buffer
    /// Only for ModernBERT's layers.
    let normalized: Buffer
    let gate: Buffer

    init(_ program: Program, _ configuration: EncoderConfiguration) {
        let (hidden, wide) = (configuration.hidden, configuration.intermediate)
        operand = program.takesFloats ? nil : program.buffer(columns: hidden)
        attention = program.attentionRoom(hidden: hidden, heads: configuration.heads)
        context = program.buffer(columns: hidden)
        self.wide = program.buffer(columns: wide)
        let isModern = configuration.modern != nil
        normalized = isModern ? program.floatBuffer(columns: hidden) : context
        gate = isModern ? program.buffer(columns: wide) : self.wide
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
        try attention(layer, configuration, of: try operand(state, rooms), rooms)
        try linear(layer.attentionOutput, of: rooms.context, into: state, adding: true)
        if let norm = layer.attentionNorm { try normalize(state, norm, into: state) }
        let operand = try operand(state, rooms)
        try linear(layer.expansion, of: operand, into: rooms.wide, activation: configuration.activation)
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
        let input = layer.attentionNorm == nil ? state : rooms.normalized
        try attention(layer, configuration, of: try operand(input, rooms), rooms)
        try linear(layer.attentionOutput, of: rooms.context, into: state, adding: true)
        try normalize(state, layer.outputNorm, into: rooms.normalized)
        let operand = try operand(rooms.normalized, rooms)
        try linear(layer.expansion, of: operand, into: rooms.wide, activation: configuration.activation)
        var wide = rooms.wide
        if let gate = layer.gate {
            try linear(gate, of: operand, into: rooms.gate, times: wide)
            wide = rooms.gate
        }
        try linear(layer.contraction, of: wide, into: state, adding: true)
    }

    /// Floats as products take them.
    private func operand(_ floats: Buffer, _ rooms: Rooms) throws(KernelError) -> Buffer {
        guard let operand = rooms.operand else { return floats }
        try copy(floats, into: operand)
        return operand
    }

    private func attention(
        _ layer: EncoderLayer,
        _ configuration: EncoderConfiguration,
        of input: Buffer,
        _ rooms: Rooms
    ) throws(KernelError) {
        try linear(layer.projections, of: input, into: rooms.attention.projections)
        if let rotation = layer.rotation {
            rotate(rooms.attention.projections, heads: configuration.heads, by: rotation)
        }
        try attend(rooms.attention, window: layer.window, into: rooms.context)
    }
}
