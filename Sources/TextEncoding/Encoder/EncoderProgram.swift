internal import Neural

/// An encoder's layers as a program for texts of up to so many tokens.
final class EncoderProgram {
    private let program: Program
    private let input: Buffer
    /// For each layer, where its steps end, where its result is, and of how many tokens it has one; first the embeddings.
    private let outputs: [(end: Int, buffer: Buffer, stride: Int)]

    /// Of how many tokens one is left of a text: short ones are cheap, and have few tokens to be told by.
    private static func step(for tokens: Int) -> Int { tokens > 48 ? 3 : tokens > 32 ? 2 : 1 }

    init(
        _ weights: EncoderWeights,
        _ configuration: EncoderConfiguration,
        tokens: Int,
        precision: Precision,
        prunes: Bool,
        in workspace: Workspace
    ) throws(KernelError) {
        let hidden = configuration.hidden
        program = try Program(tokens: tokens, precision: precision, in: workspace)
        // What layers add up stays in floats: rounding it each time would cost more than products of rounded numbers do.
        input = program.floatBuffer(columns: hidden)
        try program.normalize(input, weights.inputNorm, into: input)
        var outputs = [(end: program.end, buffer: input, stride: 1)]
        var (state, rooms) = (input, Rooms(program, configuration))
        for (index, layer) in weights.layers.enumerated() {
            // The first attention tells each token of all others: some of them can carry on with it.
            let step = prunes && index == 0 ? Self.step(for: tokens) : 1
            let context = step == 1 ? rooms.context : program.prunedBuffer(columns: hidden, keepingOneOf: step)
            try program.attention(layer, configuration, of: state, forOneOf: step, into: context, rooms)
            if step > 1 {
                (state, rooms) = (program.prune(state, keepingOneOf: step), Rooms(program, configuration))
            }
            if configuration.modern == nil {
                try program.add(layer, configuration, context, to: state, rooms)
            } else {
                try program.add(normalizingFirst: layer, configuration, context, to: state, rooms)
            }
            outputs.append((program.end, state, program.stride))
        }
        if let norm = weights.outputNorm {
            try program.normalize(state, norm, into: rooms.normalized)
            outputs[outputs.count - 1] = (program.end, rooms.normalized, program.stride)
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
            let (end, buffer, stride) = outputs[layer]
            program.run(start..<end, tokens: tokens)
            start = end
            let kept = Program.kept(tokens, stride: stride)
            body(layer, EncodedRows(program: program, buffer: buffer, tokens: kept))
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
    /// What each token makes of the others.
    fileprivate func attention(
        _ layer: EncoderLayer,
        _ configuration: EncoderConfiguration,
        of state: Buffer,
        forOneOf step: Int,
        into context: Buffer,
        _ rooms: Rooms
    ) throws(KernelError) {
        var input = state
        // ModernBERT normalizes first, but for its first layer.
        if configuration.modern != nil, let norm = layer.attentionNorm {
            try normalize(state, norm, into: rooms.normalized)
            input = rooms.normalized
        }
        try linear(layer.projections, of: try operand(input, rooms), into: rooms.attention.projections)
        if let rotation = layer.rotation {
            rotate(rooms.attention.projections, heads: configuration.heads, by: rotation)
        }
        try attend(rooms.attention, window: layer.window, forOneOf: step, into: context)
    }

    /// BERT's order: add, then normalize.
    fileprivate func add(
        _ layer: EncoderLayer,
        _ configuration: EncoderConfiguration,
        _ context: Buffer,
        to state: Buffer,
        _ rooms: Rooms
    ) throws(KernelError) {
        try linear(layer.attentionOutput, of: context, into: state, adding: true)
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
        _ context: Buffer,
        to state: Buffer,
        _ rooms: Rooms
    ) throws(KernelError) {
        try linear(layer.attentionOutput, of: context, into: state, adding: true)
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
}
