internal import COneDNN

extension Program {
    /// Adds multi-headed attention: each token's mean of the values of others, weighted by their keys' likeness.
    ///
    ///     result = softmax(Q·Kᵀ)·V, for each head
    ///
    /// Vaswani et al., "Attention Is All You Need", 2017, eq. 1, with the factor 1/√d already in Q.
    ///
    /// - Parameters:
    ///   - projections: For each token the queries of all heads, then the keys, then the values.
    ///   - heads: How many heads there are; each has an equal share of a row.
    ///   - window: How far a token looks to each side; `nil` for everywhere.
    ///   - scores: Room for each head's table of tokens by tokens; several attentions may use the same.
    ///   - result: Where the means go.
    /// - Throws: ``KernelError``.
    public func attend(
        _ projections: Buffer,
        heads: Int,
        window: Int?,
        scores: AttentionScores,
        into result: Buffer
    ) throws(KernelError) {
        let hidden = result.columns
        let size = hidden / heads
        precondition(projections.columns == 3 * hidden && size * heads == hidden, "queries, keys and values of heads")
        let type = precision.activations
        let queries = Layout(type, [heads, rows, size], strides: [size, 3 * hidden, 1])
        let keys = Layout(type, [heads, size, rows], strides: [size, 1, 3 * hidden])
        let likeness = Layout(.float32, [heads, rows, rows], strides: [rows * rows, rows, 1])
        try add(
            .product(left: queries, right: keys, result: likeness, bias: false, then: []),
            [
                (DNNL_ARG_SRC, try view(projections, queries)),
                (DNNL_ARG_WEIGHTS, try view(projections, keys, column: hidden)),
                (DNNL_ARG_DST, try view(scores.likeness, likeness)),
            ]
        )
        let rows = rows
        add { tokens in hide(scores.likeness.floats, heads: heads, rows: rows, tokens: tokens, window: window) }
        try add(
            .softmax(from: scores.likeness.layout, to: scores.weights.layout),
            [(DNNL_ARG_SRC, try view(scores.likeness)), (DNNL_ARG_DST, try view(scores.weights))]
        )
        let weights = Layout(type, [heads, rows, rows], strides: [rows * rows, rows, 1])
        let values = Layout(type, [heads, rows, size], strides: [size, 3 * hidden, 1])
        let means = Layout(type, [heads, rows, size], strides: [size, hidden, 1])
        try add(
            .product(left: weights, right: values, result: means, bias: false, then: []),
            [
                (DNNL_ARG_SRC, try view(scores.weights, weights)),
                (DNNL_ARG_WEIGHTS, try view(projections, values, column: 2 * hidden)),
                (DNNL_ARG_DST, try view(result, means)),
            ]
        )
    }

    /// Room for the scores of an attention.
    public func attentionScores(heads: Int) -> AttentionScores {
        let likeness = buffer(rows: heads * rows, columns: rows, type: .float32)
        let type = precision.activations
        let weights = type == .float32 ? likeness : buffer(rows: heads * rows, columns: rows, type: type)
        return AttentionScores(likeness: likeness, weights: weights)
    }

    /// Adds the rotation of queries and keys by their tokens' places.
    ///
    /// - Parameters:
    ///   - projections: For each token the queries of all heads, then the keys, then the values.
    ///   - heads: How many heads there are.
    ///   - rotation: The angles.
    public func rotate(_ projections: Buffer, heads: Int, by rotation: Rotation) {
        let size = projections.columns / 3 / heads
        precondition(size == rotation.size && rows <= rotation.tokensMax, "angles for each place of a head")
        let isFloat = projections.type == .float32
        add { tokens in
            for token in 0..<tokens {
                for head in 0..<2 * heads {
                    let start = token * projections.columns + head * size
                    if isFloat {
                        rotation.rotate(projections.floats + start, place: token)
                    } else {
                        rotation.rotate(projections.halves + start, place: token)
                    }
                }
            }
        }
    }
}

/// Room for an attention: how alike each two tokens are, and what weight that gives; the same room for float32.
public struct AttentionScores {
    let likeness: Buffer
    let weights: Buffer
}

/// Makes tokens unlike those that they are not to look at: those behind the text, and those outside of the window.
private func hide(_ likeness: UnsafeMutablePointer<Float>, heads: Int, rows: Int, tokens: Int, window: Int?) {
    let reach = window ?? rows
    guard tokens < rows || reach < tokens - 1 else { return }
    for head in 0..<heads {
        for row in 0..<rows {
            let scores = likeness + (head * rows + row) * rows
            // Rows behind the text look at its beginning, so that they stay numbers.
            let place = min(row, tokens - 1)
            let first = max(0, place - reach)
            let end = min(tokens, place + reach + 1)
            (scores).update(repeating: hidden, count: first)
            (scores + end).update(repeating: hidden, count: rows - end)
        }
    }
}

/// Low enough that its exponential is 0 beside any other, and finite, so that no difference is undefined.
private let hidden: Float = -1e30
