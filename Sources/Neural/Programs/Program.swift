internal import CKernels
internal import COneDNN

/// The steps of a network for texts of up to so many tokens, compiled once and run for each text.
///
/// Steps are added in their order, from layers that are shared, and buffers of its own; then it is run, also in parts, on
/// one thread at a time. Nothing is allocated while it runs. Rows behind a text's last are computed and mean nothing.
public final class Program {
    /// How many rows buffers have that are made from here on: more than tokens by at most 7, or an eighth, so that few
    /// programs serve all lengths; fewer behind ``prune(_:keepingOneOf:)``.
    public private(set) var rows: Int
    /// Of how many tokens steps that are added from here on have one: 1, or more behind ``prune(_:keepingOneOf:)``.
    public private(set) var stride = 1
    let precision: Precision
    private var steps: [(_ tokens: Int) -> Void] = []
    private var buffers: [Buffer] = []
    private var views: [(memory: Memory, buffer: Buffer, offset: Int)] = []
    private var byteCount = 0
    private var rooms: [Room: Buffer] = [:]
    private var scratches: [Memory] = []
    private var scratchBytes = 0
    private let workspace: Workspace
    private var place: UnsafeMutableRawPointer?
    private let stream: dnnl_stream_t

    /// An empty program.
    ///
    /// - Parameters:
    ///   - tokens: How many tokens it takes at most, at least 1.
    ///   - precision: What its layers multiply in.
    ///   - workspace: Where it keeps its values while it runs.
    /// - Throws: ``KernelError``.
    public init(tokens: Int, precision: Precision, in workspace: Workspace) throws(KernelError) {
        precondition(tokens > 0, "a program takes tokens")
        guard precision.isSupported else { throw .unsupported(precision) }
        rows = Self.rows(for: tokens)
        self.precision = precision
        self.workspace = workspace
        stream = try Engine.shared().stream
    }

    /// How many rows a program for so many tokens has.
    public static func rows(for tokens: Int) -> Int {
        var step = 8
        while step * 16 < tokens { step *= 2 }
        return (tokens + step - 1) / step * step
    }

    /// Whether its layers take floats as they are; else they take buffers of its own numbers.
    public var takesFloats: Bool { precision.activations == .float32 }

    /// A table of values between steps, as its layers take them.
    public func buffer(columns: Int) -> Buffer { buffer(columns: columns, type: precision.activations) }

    /// A table of 32-bit floats, whatever the precision.
    public func floatBuffer(columns: Int) -> Buffer { buffer(columns: columns, type: .float32) }

    func buffer(rows: Int? = nil, columns: Int, type: NumberType) -> Buffer {
        let buffer = Buffer(rows: rows ?? self.rows, columns: columns, type: type, offset: byteCount)
        // A cache line apart.
        byteCount += (buffer.byteCount + 63) & ~63
        buffers.append(buffer)
        return buffer
    }

    /// What a layer needs a buffer for that nobody reads after it.
    enum Purpose: Hashable {
        case operand, scales, lows, product
    }

    private struct Room: Hashable {
        let purpose: Purpose
        let rows: Int
        let columns: Int
    }

    /// A buffer that all layers use in turn, so that it stays in the processor's cache.
    func room(_ purpose: Purpose, columns: Int, type: NumberType) -> Buffer {
        let room = Room(purpose: purpose, rows: rows, columns: columns)
        if let made = rooms[room] { return made }
        let made = buffer(columns: columns, type: type)
        rooms[room] = made
        return made
    }

    /// A view of a buffer for oneDNN; by default of all of it.
    func view(_ buffer: Buffer, _ layout: Layout? = nil, column: Int = 0) throws(KernelError) -> Memory {
        let memory = try Memory(viewing: (layout ?? buffer.layout).descriptor())
        views.append((memory, buffer, column * buffer.type.size))
        return memory
    }

    /// Adds an operation of oneDNN's on views and weights.
    func add(_ operation: Operation, _ arguments: [(Int32, Memory)]) throws(KernelError) {
        let primitive = try Primitive.of(operation)
        var arguments = arguments
        if primitive.scratchBytes > 0 {
            let scratch = try Memory(viewing: primitive.scratch)
            scratches.append(scratch)
            scratchBytes = max(scratchBytes, primitive.scratchBytes)
            arguments.append((DNNL_ARG_SCRATCHPAD, scratch))
        }
        let memories = arguments.map(\.1)
        let list = arguments.map { dnnl_exec_arg_t(arg: $0.0, memory: $0.1.handle) }
        let stream = stream
        add { _ in withExtendedLifetime(memories) { primitive.execute(list, on: stream) } }
    }

    /// Adds a step that is told how many of the rows are tokens.
    func add(_ step: @escaping (_ tokens: Int) -> Void) {
        let stride = stride
        steps.append { tokens in step(Self.kept(tokens, stride: stride)) }
    }

    /// How many of a text's tokens are left where there is one of `stride`.
    public static func kept(_ tokens: Int, stride: Int) -> Int { (tokens + stride - 1) / stride }

    /// Leaves all but one of `step` tokens out of what follows, from the first one on.
    ///
    /// - Parameters:
    ///   - buffer: What is to be read behind it.
    ///   - step: Of how many tokens one is left.
    /// - Returns: A buffer with the rows of those that are left.
    public func prune(_ buffer: Buffer, keepingOneOf step: Int) -> Buffer {
        let kept = prunedBuffer(columns: buffer.columns, type: buffer.type, keepingOneOf: step)
        keep(oneOf: step, of: buffer, in: kept)
        (rows, stride) = (kept.rows, step * stride)
        return kept
    }

    /// A table of one of `step` tokens' values, as layers take them: for an attention in front of ``prune(_:keepingOneOf:)``.
    public func prunedBuffer(columns: Int, keepingOneOf step: Int) -> Buffer {
        prunedBuffer(columns: columns, type: precision.activations, keepingOneOf: step)
    }

    private func prunedBuffer(columns: Int, type: NumberType, keepingOneOf step: Int) -> Buffer {
        buffer(rows: Self.kept(rows, stride: step), columns: columns, type: type)
    }

    /// Adds a copy of one of `step` rows, from the first one on.
    func keep(oneOf step: Int, of whole: Buffer, in kept: Buffer) {
        let bytes = whole.columns * whole.type.size
        add { _ in
            guard let source = whole.address, let target = kept.address else { return }
            for row in 0..<kept.rows {
                (target + row * bytes).copyMemory(from: source + step * row * bytes, byteCount: bytes)
            }
        }
    }

    /// How many steps there are so far: where a later run may stop.
    public var end: Int { steps.count }

    /// Puts a text's numbers into a buffer of floats: for each token, the sum of its rows in some tables.
    ///
    /// - Parameters:
    ///   - buffer: One of this program's, which is not running.
    ///   - lookups: Tables as wide as the buffer, each with the row of each token in it; no fewer than one.
    /// - Throws: ``KernelError`` if there is no memory.
    public func fill(_ buffer: Buffer, with lookups: [(table: Matrix, rows: [Int])]) throws(KernelError) {
        let tokens = lookups.first?.rows.count ?? 0
        let columns = buffer.columns
        try fill(buffer, tokens: tokens) { _ in buffer.floats.update(repeating: 0, count: tokens * columns) }
        for (table, rows) in lookups {
            precondition(table.columns == columns && rows.count == tokens, "a row of the table for each token")
            table.values.withUnsafeBufferPointer { values in
                guard let values = values.baseAddress else { return }
                for (token, row) in rows.enumerated() {
                    precondition(0..<table.rows ~= row, "a row of the table")
                    ck_add_rows(values + row * columns, 1, columns, buffer.floats + token * columns)
                }
            }
        }
    }

    /// Puts a text's numbers into a buffer of floats, row after row; the program is not running.
    ///
    /// - Parameters:
    ///   - buffer: One of this program's.
    ///   - tokens: How many rows are put in; zeros go behind them, else what another program left there might be no number.
    ///   - body: Puts them in.
    /// - Throws: ``KernelError`` if there is no memory.
    func fill(
        _ buffer: Buffer,
        tokens: Int,
        _ body: (inout MutableSpan<Float>) -> Void
    ) throws(KernelError) {
        precondition(0...buffer.rows ~= tokens, "a text that fits")
        try take()
        let values = UnsafeMutableBufferPointer(start: buffer.floats, count: buffer.rows * buffer.columns)
        var span = values.mutableSpan
        body(&span)
        values[(tokens * buffer.columns)...].update(repeating: 0)
    }

    /// Runs steps for a text of `tokens` tokens, whose values the steps before have left.
    public func run(_ range: Range<Int>, tokens: Int) {
        precondition(1...rows * stride ~= tokens && place != nil, "a program that was filled, and a text that fits")
        omp_set_num_threads(1)
        for step in steps[range] { step(tokens) }
    }

    /// Takes the workspace's memory; another program may have used it since, and it may have moved.
    private func take() throws(KernelError) {
        let memory = try workspace.memory(of: byteCount + scratchBytes)
        guard memory != place else { return }
        place = memory
        for buffer in buffers { buffer.move(into: memory) }
        for view in views { view.memory.move(to: memory + view.buffer.offset + view.offset) }
        for scratch in scratches { scratch.move(to: memory + byteCount) }
    }
}

extension Program {
    /// The mean of the first `tokens` rows, as floats.
    public func mean(of buffer: Buffer, tokens: Int) -> [Float] {
        precondition(1...buffer.rows ~= tokens, "rows of the buffer")
        var sums = [Float](repeating: 0, count: buffer.columns)
        if buffer.type == .float32 {
            ck_add_rows(buffer.floats, tokens, buffer.columns, &sums)
        } else {
            for row in 0..<tokens { add(row, of: buffer, to: &sums) }
        }
        return sums.map { $0 / Float(tokens) }
    }

    /// One row, as floats.
    public func row(_ row: Int, of buffer: Buffer) -> [Float] {
        var values = [Float](repeating: 0, count: buffer.columns)
        add(row, of: buffer, to: &values)
        return values
    }

    private func add(_ row: Int, of buffer: Buffer, to sums: inout [Float]) {
        precondition(0..<buffer.rows ~= row && sums.count == buffer.columns, "a row of the buffer")
        let start = row * buffer.columns
        switch buffer.type {
        case .float32: for column in sums.indices { sums[column] += buffer.floats[start + column] }
        case .bfloat16:
            for column in sums.indices { sums[column] += Float(upperHalf: buffer.halves[start + column]) }
        case .int8: preconditionFailure("bytes mean nothing without their scales")
        }
    }
}
