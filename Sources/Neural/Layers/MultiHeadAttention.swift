/// Each token takes from all tokens of its text what its queries find in their keys.
///
///     head = softmax(Q·Kᵀ / √width) · V,  y = [heads]·Wᵀ + b
///
/// Vaswani et al., "Attention is all you need", 2017, section 3.2. Texts of a batch stand one below the other without
/// padding; a token sees none of another text.
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

    private let query: LinearLayer
    private let key: LinearLayer
    private let value: LinearLayer
    private let output: LinearLayer
    private let headCount: Int
    private let makeDropout: () -> Dropout
    private var heads: [Head] = []
    /// Those of the four projections.
    public var parameters: [Parameter] { [query, key, value, output].flatMap(\.parameters) }

    /// Attention with these projections, of hidden × hidden each.
    ///
    /// A row is cut into `headCount` heads; `dropout` makes what drops weights while learning, for each head of each text.
    ///
    /// - Precondition: The number of heads divides the length of a row.
    public init(
        query: LinearLayer,
        key: LinearLayer,
        value: LinearLayer,
        output: LinearLayer,
        headCount: Int,
        dropout: @escaping () -> Dropout
    ) {
        precondition(
            headCount > 0 && query.weight.value.rows.isMultiple(of: headCount),
            "heads are equally wide"
        )
        (self.query, self.key, self.value, self.output) = (query, key, value, output)
        self.headCount = headCount
        makeDropout = dropout
    }

    /// The output of each row of `input`, a token; `lengths` says how many rows each text has.
    ///
    /// - Precondition: The lengths add up to the number of rows.
    public func forward(_ input: Matrix, lengths: [Int], _ pass: Pass) -> Matrix {
        precondition(lengths.reduce(0, +) == input.rows, "each row belongs to a text")
        let (queries, keys) = (query.forward(input, pass), key.forward(input, pass))
        let values = value.forward(input, pass)
        let width = queries.columns / headCount
        let scale = 1 / Float(width).squareRoot()
        var context = Matrix(rows: input.rows, columns: queries.columns)
        heads = []
        var row = 0
        for length in lengths {
            for column in stride(from: 0, to: width * headCount, by: width) {
                let part = { (matrix: Matrix) in matrix.block(row: row, column: column, rows: length, columns: width) }
                let (query, key, value) = (part(queries), part(keys), part(values))
                var weights = Matrix.product(query, key, transposing: .right)
                weights.mapValues { $0 * scale }
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

    /// The derivative with respect to the tokens.
    public func backward(_ gradient: Matrix) -> Matrix {
        let context = output.backward(gradient)
        var queries = Matrix(rows: context.rows, columns: context.columns)
        var keys = queries
        var values = queries
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
            values.setBlock(value, row: head.row, column: head.column)
            queries.setBlock(Matrix.product(scores, head.key), row: head.row, column: head.column)
            let key = Matrix.product(scores, head.query, transposing: .left)
            keys.setBlock(key, row: head.row, column: head.column)
        }
        heads = []
        var result = query.backward(queries)
        result.combine(key.backward(keys)) { $0 + $1 }
        result.combine(value.backward(values)) { $0 + $1 }
        return result
    }
}
