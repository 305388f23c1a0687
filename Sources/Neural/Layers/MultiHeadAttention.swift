/// Each token takes from all tokens of its text what its queries find in their keys.
///
///     head = softmax(Q·Kᵀ / √width) · V,  y = [heads]·Wᵀ + b
///
/// Vaswani et al., "Attention is all you need", 2017, section 3.2. Texts of a batch stand one below the other without
/// padding; a token sees none of another text. Where there is a window, it sees no more than so many tokens to each side;
/// where there is a rotation, queries and keys are turned by their places first, as ModernBERT does both.
public final class MultiHeadAttention {
    /// What was computed for one head of one text.
    private struct Head {
        let row: Int
        let column: Int
        let query: Matrix
        let key: Matrix
        let value: Matrix
        /// After the softmax, before dropout: tokens × tokens.
        let weights: Matrix
        let dropout: Dropout
    }

    /// Those of queries, keys and values, or one that gives all three side by side.
    private let projections: [LinearLayer]
    private let output: LinearLayer
    private let headCount: Int
    private let window: Int?
    private let rotation: Rotation?
    private let makeDropout: () -> Dropout
    private var heads: [Head] = []
    /// Those of all projections.
    public var parameters: [Parameter] { (projections + [output]).flatMap(\.parameters) }

    /// Attention with these projections.
    ///
    /// A row is cut into `headCount` heads; `dropout` makes what drops weights while learning, for each head of each text.
    ///
    /// - Parameters:
    ///   - projections: To queries, keys and values, hidden × hidden each; or one to all three, 3·hidden × hidden.
    ///   - output: Of what the heads found, hidden × hidden.
    ///   - headCount: How many heads there are.
    ///   - window: How many tokens to each side a token sees; all of its text if left out.
    ///   - rotation: By what queries and keys are turned.
    ///   - dropout: Makes what drops weights.
    /// - Precondition: The number of heads divides the length of a row.
    public init(
        projections: [LinearLayer],
        output: LinearLayer,
        headCount: Int,
        window: Int? = nil,
        rotation: Rotation? = nil,
        dropout: @escaping () -> Dropout
    ) {
        precondition(projections.count == 3 || projections.count == 1, "queries, keys and values")
        precondition(
            headCount > 0 && output.weight.value.columns.isMultiple(of: headCount),
            "heads are equally wide"
        )
        (self.projections, self.output, self.headCount) = (projections, output, headCount)
        (self.window, self.rotation) = (window, rotation)
        makeDropout = dropout
    }

    /// In which projection queries (0), keys (1) or values (2) are, and from which column on.
    private func place(of kind: Int) -> (projection: Int, column: Int) {
        projections.count == 3 ? (kind, 0) : (0, kind * output.weight.value.columns)
    }

    /// The output of each row of `input`, a token; `lengths` says how many rows each text has.
    ///
    /// - Precondition: The lengths add up to the number of rows.
    public func forward(_ input: Matrix, lengths: [Int], _ pass: Pass) -> Matrix {
        precondition(lengths.reduce(0, +) == input.rows, "each row belongs to a text")
        let projected = projections.map { $0.forward(input, pass) }
        let width = output.weight.value.columns / headCount
        let scale = 1 / Float(width).squareRoot()
        var context = Matrix(rows: input.rows, columns: width * headCount)
        heads = []
        var row = 0
        for length in lengths {
            for column in stride(from: 0, to: width * headCount, by: width) {
                let parts = (0..<3).map { kind in
                    let place = place(of: kind)
                    let start = place.column + column
                    return projected[place.projection].block(row: row, column: start, rows: length, columns: width)
                }
                let (query, key, value) = (turned(parts[0]), turned(parts[1]), parts[2])
                var weights = Matrix.product(query, key, transposing: .right)
                weights.mapValues { $0 * scale }
                if let window { weights.hideBeyond(window) }
                weights.softenRows()
                let dropout = makeDropout()
                context.setBlock(Matrix.product(dropout.forward(weights, pass), value), row: row, column: column)
                guard pass == .training else { continue }
                heads.append(
                    Head(
                        row: row,
                        column: column,
                        query: query,
                        key: key,
                        value: value,
                        weights: weights,
                        dropout: dropout
                    )
                )
            }
            row += length
        }
        return output.forward(context, pass)
    }

    private func turned(_ head: Matrix, back: Bool = false) -> Matrix {
        rotation.map { $0.turned(head, back: back) } ?? head
    }

    /// The derivative with respect to the tokens.
    public func backward(_ gradient: Matrix) -> Matrix {
        let context = output.backward(gradient)
        var projected = projections.map { Matrix(rows: context.rows, columns: $0.weight.value.rows) }
        func put(_ block: Matrix, _ kind: Int, of head: Head) {
            let place = place(of: kind)
            projected[place.projection].setBlock(block, row: head.row, column: place.column + head.column)
        }
        for head in heads {
            let (rows, width) = (head.query.rows, head.query.columns)
            let scale = 1 / Float(width).squareRoot()
            let part = context.block(row: head.row, column: head.column, rows: rows, columns: width)
            let dropped = head.dropout.again(head.weights)
            let value = Matrix.product(dropped, part, transposing: .left)
            var scores = head.dropout.backward(Matrix.product(part, head.value, transposing: .right))
            // The derivative of a softmax: w·(g − Σ g·w).
            scores.combineRows(head.weights) { _, row, weights in
                let sum = zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
                for column in row.indices { row[column] = scale * weights[column] * (row[column] - sum) }
            }
            put(turned(Matrix.product(scores, head.key), back: true), 0, of: head)
            put(turned(Matrix.product(scores, head.query, transposing: .left), back: true), 1, of: head)
            put(value, 2, of: head)
        }
        heads = []
        var result = Matrix(rows: context.rows, columns: projections[0].weight.value.columns)
        for (projection, gradient) in zip(projections, projected) { result.add(projection.backward(gradient)) }
        return result
    }
}
