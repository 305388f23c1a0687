import Neural

extension Matrix {
    /// For each row, the mean of the targets of the rows most like it, itself left out, mixed into its own.
    ///
    /// - Parameters:
    ///   - features: A row for each row of targets; likeness is the cosine.
    ///   - rows: The rows that count as neighbours, and that get something mixed in.
    ///   - count: How many neighbours.
    ///   - share: How much of the result is theirs.
    /// - Returns: The targets; what is unknown in them stays so.
    /// - Complexity: O(rows² · features).
    func mixedWithNeighbours(features: Matrix, rows: [Int], count: Int, share: Float) -> Matrix {
        let count = Swift.min(count, rows.count - 1)
        guard count > 0, share > 0 else { return self }
        var directions = features.selecting(rows)
        directions.normalizeRows()
        var mixed = self
        let block = 256
        for start in stride(from: 0, to: rows.count, by: block) {
            let part = Array(start..<Swift.min(rows.count, start + block))
            let likeness = Matrix.product(directions.selecting(part), directions, transposing: .right)
            for (line, own) in part.enumerated() {
                let values = Array(likeness[row: line])
                let nearest = values.indices.filter { $0 != own }.sorted { (values[$1], $0) < (values[$0], $1) }.prefix(
                    count
                )
                for column in 0..<columns where !self[rows[own], column].isNaN {
                    let known = nearest.map { self[rows[$0], column] }.filter { !$0.isNaN }
                    guard !known.isEmpty else { continue }
                    let mean = known.reduce(0, +) / Float(known.count)
                    mixed[rows[own], column] += share * (mean - self[rows[own], column])
                }
            }
        }
        return mixed
    }

    /// Scales each row to a length of 1; rows of zeros stay.
    private mutating func normalizeRows() {
        for row in 0..<rows {
            let length = self[row: row].reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard length > 0 else { continue }
            for column in 0..<columns { self[row, column] /= length }
        }
    }
}
