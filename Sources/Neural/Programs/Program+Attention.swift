internal import CKernels
internal import COneDNN

extension Program {
    /// Adds multi-headed attention: each token's mean of the values of others, weighted by their keys' likeness.
    ///
    ///     result = softmax(Q·Kᵀ)·V, for each head
    ///
    /// Vaswani et al., "Attention Is All You Need", 2017, eq. 1, with the factor 1/√d already in Q.
    ///
    /// - Parameters:
    ///   - room: Its projections hold for each token the queries of all heads, then the keys, then the values.
    ///   - window: How far a token looks to each side, in tokens of the text; `nil` for everywhere.
    ///   - step: Of how many tokens one is to have a mean; the result has as many rows.
    ///   - result: Where the means go.
    /// - Throws: ``KernelError``.
    public func attend(
        _ room: AttentionRoom,
        window: Int?,
        forOneOf step: Int = 1,
        into result: Buffer
    ) throws(KernelError) {
        precondition(room.projections.columns == 3 * result.columns, "queries, keys and values of heads")
        precondition(result.rows == Self.kept(rows, stride: step), "a row for each token that asks")
        switch room.scores {
        case .block(let scratch) where step == 1: attend(room, window: window, scratch: scratch, into: result)
        case .block(let scratch):
            let whole = buffer(columns: result.columns)
            attend(room, window: window, scratch: scratch, into: whole)
            keep(oneOf: step, of: whole, in: result)
        case .table(let likeness, let weights):
            let scores = (likeness: likeness, weights: weights)
            try attend(room, window: window, forOneOf: step, scores: scores, into: result)
        }
    }

    /// A block of tokens at a time.
    private func attend(_ room: AttentionRoom, window: Int?, scratch: Buffer, into result: Buffer) {
        let (projections, heads) = (room.projections, room.heads)
        let size = result.columns / heads
        let (isHalved, stride): (Int32, Int) = (result.type == .bfloat16 ? 1 : 0, stride)
        add { tokens in
            let reach = min(window.map { $0 / stride } ?? tokens, tokens)
            let target = result.address
            ck_attend(projections.halves, tokens, heads, size, reach, isHalved, target, scratch.address)
        }
    }

    /// All tokens at once, by oneDNN.
    private func attend(
        _ room: AttentionRoom,
        window: Int?,
        forOneOf step: Int,
        scores: (likeness: Buffer, weights: Buffer),
        into result: Buffer
    ) throws(KernelError) {
        let (likeness, weights) = scores
        let (projections, heads, hidden) = (room.projections, room.heads, result.columns)
        let size = hidden / heads
        let type = projections.type
        let asking = result.rows
        let queries = Layout(type, [heads, asking, size], strides: [size, step * 3 * hidden, 1])
        let keys = Layout(type, [heads, size, rows], strides: [size, 1, 3 * hidden])
        let products = Layout(.float32, [heads, asking, rows], strides: [asking * rows, rows, 1])
        try add(
            .product(left: queries, right: keys, result: products, bias: false, then: []),
            [
                (DNNL_ARG_SRC, try view(projections, queries)),
                (DNNL_ARG_WEIGHTS, try view(projections, keys, column: hidden)),
                (DNNL_ARG_DST, try view(likeness, products)),
            ]
        )
        let (rows, reach) = (rows, window.map { $0 / stride })
        add { tokens in
            let queries = (count: asking, step: step)
            hide(likeness.floats, heads: heads, queries: queries, rows: rows, tokens: tokens, window: reach)
        }
        let likenesses = Layout(.float32, rows: heads * asking, columns: rows)
        let shared = Layout(weights.type, rows: heads * asking, columns: rows)
        try add(
            .softmax(from: likenesses, to: shared),
            [(DNNL_ARG_SRC, try view(likeness, likenesses)), (DNNL_ARG_DST, try view(weights, shared))]
        )
        let shares = Layout(type, [heads, asking, rows], strides: [asking * rows, rows, 1])
        let values = Layout(type, [heads, rows, size], strides: [size, 3 * hidden, 1])
        let means = Layout(type, [heads, asking, size], strides: [size, hidden, 1])
        try add(
            .product(left: shares, right: values, result: means, bias: false, then: []),
            [
                (DNNL_ARG_SRC, try view(weights, shares)),
                (DNNL_ARG_WEIGHTS, try view(projections, values, column: 2 * hidden)),
                (DNNL_ARG_DST, try view(result, means)),
            ]
        )
    }

    /// Room for attentions of `heads` heads over rows of `hidden` values; several in turn may use the same.
    ///
    /// Below float32, and where the processor has bfloat16 and a head whole vectors, projections and weights are bfloat16.
    public func attentionRoom(hidden: Int, heads: Int) -> AttentionRoom {
        let size = hidden / heads
        precondition(size * heads == hidden, "each head has an equal share of a row")
        if precision != .float32, ck_has_bfloat16() != 0, size.isMultiple(of: 32) {
            let scratch = buffer(rows: 1, columns: ck_attend_scratch(rows, size), type: .int8)
            let projections = buffer(columns: 3 * hidden, type: .bfloat16)
            return AttentionRoom(heads: heads, projections: projections, scores: .block(scratch))
        }
        let likeness = buffer(rows: heads * rows, columns: rows, type: .float32)
        let type = precision.activations
        let weights = type == .float32 ? likeness : buffer(rows: heads * rows, columns: rows, type: type)
        let projections = buffer(columns: 3 * hidden)
        return AttentionRoom(heads: heads, projections: projections, scores: .table(likeness, weights))
    }

    /// Adds the rotation of queries and keys by their tokens' places.
    ///
    /// - Parameters:
    ///   - projections: For each token the queries of all heads, then the keys, then the values.
    ///   - heads: How many heads there are.
    ///   - rotation: The angles.
    public func rotate(_ projections: Buffer, heads: Int, by rotation: Rotation) {
        let size = projections.columns / 3 / heads
        let last = (rows - 1) * stride
        precondition(size == rotation.size && last < rotation.tokensMax, "angles for each place of a head")
        let (isFloat, stride) = (projections.type == .float32, stride)
        add { tokens in
            for token in 0..<tokens {
                for head in 0..<2 * heads {
                    let start = token * projections.columns + head * size
                    if isFloat {
                        rotation.rotate(projections.floats + start, place: token * stride)
                    } else {
                        rotation.rotate(projections.halves + start, place: token * stride)
                    }
                }
            }
        }
    }
}

/// Room for an attention.
public struct AttentionRoom {
    /// How many heads there are.
    public let heads: Int
    /// For each token the queries of all heads, then the keys, then the values: what the attention reads.
    public let projections: Buffer
    let scores: Scores

    enum Scores {
        /// Those of a few tokens at a time, with the factors as they are multiplied.
        case block(Buffer)
        /// How alike each two tokens are, and what weight that gives; the same room for float32.
        case table(Buffer, Buffer)
    }
}

/// Makes tokens unlike those that they are not to look at: those behind the text, and those outside of the window.
private func hide(
    _ likeness: UnsafeMutablePointer<Float>,
    heads: Int,
    queries: (count: Int, step: Int),
    rows: Int,
    tokens: Int,
    window: Int?
) {
    let reach = window ?? rows
    guard tokens < rows || reach < tokens - 1 else { return }
    for head in 0..<heads {
        for query in 0..<queries.count {
            let scores = likeness + (head * queries.count + query) * rows
            // Rows behind the text look at its beginning, so that they stay numbers.
            let place = min(query * queries.step, tokens - 1)
            let first = max(0, place - reach)
            let end = min(tokens, place + reach + 1)
            (scores).update(repeating: hidden, count: first)
            (scores + end).update(repeating: hidden, count: rows - end)
        }
    }
}

/// Low enough that its exponential is 0 beside any other, and finite, so that no difference is undefined.
private let hidden: Float = -1e30
