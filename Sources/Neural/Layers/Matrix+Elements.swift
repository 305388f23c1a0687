import Glibc

// What layers and losses do to all values or rows of a matrix. Buffers, because bounds checks keep the loops from
// becoming vector instructions; each index is below a count that is checked once.
extension Matrix {
    /// Replaces each value by what `transform` makes of it.
    mutating func mapValues(_ transform: (Float) -> Float) {
        values.withUnsafeMutableBufferPointer { values in
            for index in values.indices { values[index] = transform(values[index]) }
        }
    }

    /// Replaces each value by what `transform` makes of it and of that of `other` in its place.
    mutating func combine(_ other: Matrix, _ transform: (Float, Float) -> Float) {
        precondition(rows == other.rows && columns == other.columns, "matrices of one shape")
        values.withUnsafeMutableBufferPointer { values in
            other.values.withUnsafeBufferPointer { others in
                for index in values.indices { values[index] = transform(values[index], others[index]) }
            }
        }
    }

    /// Has `body` change each row; gives back what it gives back.
    mutating func mapRows<Result>(_ body: (UnsafeMutableBufferPointer<Float>) -> Result) -> [Result] {
        let (rows, columns) = (rows, columns)
        return values.withUnsafeMutableBufferPointer { values in
            (0..<rows).map { body(UnsafeMutableBufferPointer(rebasing: values[$0 * columns..<($0 + 1) * columns])) }
        }
    }

    /// Has `body` change each row, given its number and the same row of `other`.
    mutating func combineRows(
        _ other: Matrix,
        _ body: (Int, UnsafeMutableBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Void
    ) {
        precondition(rows == other.rows && columns == other.columns, "matrices of one shape")
        let (rows, columns) = (rows, columns)
        values.withUnsafeMutableBufferPointer { values in
            other.values.withUnsafeBufferPointer { others in
                for row in 0..<rows {
                    let range = row * columns..<(row + 1) * columns
                    body(row, .init(rebasing: values[range]), .init(rebasing: others[range]))
                }
            }
        }
    }

    /// Adds `scale` times the one row of `row` to each row.
    public mutating func addToRows(_ row: Matrix, scale: Float = 1) {
        precondition(row.rows == 1 && row.columns == columns, "a value for each column")
        _ = mapRows { target in
            row.values.withUnsafeBufferPointer { row in
                for column in target.indices { target[column] += scale * row[column] }
            }
        }
    }

    /// Multiplies each row by the one row of `row`, value by value.
    mutating func multiplyRows(by row: Matrix) {
        precondition(row.rows == 1 && row.columns == columns, "a value for each column")
        _ = mapRows { target in
            row.values.withUnsafeBufferPointer { row in
                for column in target.indices { target[column] *= row[column] }
            }
        }
    }

    /// Adds the sum of the rows of `other` to this one row.
    mutating func addSumOfRows(_ other: Matrix) {
        precondition(rows == 1 && columns == other.columns, "a sum for each column")
        let columns = columns
        values.withUnsafeMutableBufferPointer { sums in
            other.values.withUnsafeBufferPointer { values in
                for start in stride(from: 0, to: values.count, by: max(1, columns)) {
                    for column in 0..<columns { sums[column] += values[start + column] }
                }
            }
        }
    }

    /// Replaces each row by its softmax.
    public mutating func softenRows() {
        _ = mapRows { row in
            let highest = row.max() ?? 0
            var sum: Float = 0
            for column in row.indices {
                row[column] = expf(row[column] - highest)
                sum += row[column]
            }
            for column in row.indices { row[column] /= sum }
        }
    }

    /// Puts negative infinity where a row and a column are farther apart than `window`.
    mutating func hideBeyond(_ window: Int) {
        let columns = columns
        var row = 0
        _ = mapRows { values in
            for column in 0..<columns where abs(row - column) > window { values[column] = -.infinity }
            row += 1
        }
    }

    /// A copy of a part.
    func block(row: Int, column: Int, rows: Int, columns: Int) -> Matrix {
        var values: [Float] = []
        values.reserveCapacity(rows * columns)
        for line in row..<row + rows {
            let start = line * self.columns + column
            values += self.values[start..<start + columns]
        }
        return Matrix(rows: rows, columns: columns, values: values)
    }

    /// Replaces a part by `block`.
    mutating func setBlock(_ block: Matrix, row: Int, column: Int) {
        precondition(row + block.rows <= rows && column + block.columns <= columns, "a part of the matrix")
        let columns = columns
        values.withUnsafeMutableBufferPointer { values in
            for line in 0..<block.rows {
                for place in 0..<block.columns {
                    values[(row + line) * columns + column + place] = block.values[line * block.columns + place]
                }
            }
        }
    }
}
