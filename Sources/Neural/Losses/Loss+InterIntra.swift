extension Loss {
    /// How far examples are from the middle of their class, and how close the classes' middles are to one another.
    ///
    ///     intra = mean over classes of mean over its rows of ‖x − c‖₂
    ///     inter = mean over pairs of classes of max(0, margin − ‖c_i − c_j‖₂)
    ///     L = β·inter + γ·intra, to which the trainer adds α·cross-entropy
    ///
    /// c is the mean of a class's rows in the batch, and moves with them. Classes without a row don't count; with fewer
    /// than two there are no pairs, and inter is 0.
    ///
    /// - Parameters:
    ///   - embeddings: What the head sees of each example.
    ///   - labels: The class of each row.
    ///   - margin: How far apart classes have to be to cost nothing.
    ///   - interWeight: β.
    ///   - intraWeight: γ.
    /// - Returns: The loss, and its derivative with respect to the embeddings.
    public static func interIntra(
        _ embeddings: Matrix,
        labels: [Int],
        margin: Float = 1,
        interWeight: Float = 1,
        intraWeight: Float = 1
    ) -> Loss {
        precondition(labels.count == embeddings.rows, "a label for each row")
        let members = Dictionary(grouping: labels.indices, by: { labels[$0] }).sorted { $0.key < $1.key }.map(\.value)
        guard !members.isEmpty else { return Loss(value: 0, gradient: embeddings) }
        let centroids = members.map { embeddings.centroid(of: $0) }
        // The derivative with respect to each centroid, which in the end its rows share.
        var pulls = Matrix(rows: members.count, columns: embeddings.columns)
        var gradient = Matrix(rows: embeddings.rows, columns: embeddings.columns)
        var value: Float = 0
        for (index, rows) in members.enumerated() {
            let scale = intraWeight / Float(members.count * rows.count)
            for row in rows {
                let (distance, direction) = separation(embeddings[row: row], centroids[index][...])
                value += scale * distance
                gradient.addToRow(row, direction, scale: scale)
                pulls.addToRow(index, direction, scale: -scale)
            }
        }
        let pairs = max(1, members.count * (members.count - 1) / 2)
        for first in members.indices {
            for second in members.indices where second > first {
                let (distance, direction) = separation(centroids[first][...], centroids[second][...])
                guard distance < margin else { continue }
                let scale = interWeight / Float(pairs)
                value += scale * (margin - distance)
                pulls.addToRow(first, direction, scale: -scale)
                pulls.addToRow(second, direction, scale: scale)
            }
        }
        for (index, rows) in members.enumerated() {
            let pull = Array(pulls[row: index])
            for row in rows { gradient.addToRow(row, pull, scale: 1 / Float(rows.count)) }
        }
        return Loss(value: value, gradient: gradient)
    }

    /// ‖left − right‖₂, and its derivative with respect to `left`: 0 where the two are equal and there is none.
    private static func separation(_ left: ArraySlice<Float>, _ right: ArraySlice<Float>) -> (Float, [Float]) {
        let difference = zip(left, right).map { $0 - $1 }
        let distance = difference.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return (distance, difference.map { distance > 0 ? $0 / distance : 0 })
    }
}

extension Matrix {
    fileprivate func centroid(of rows: [Int]) -> [Float] {
        var sum = [Float](repeating: 0, count: columns)
        for row in rows { for (column, value) in self[row: row].enumerated() { sum[column] += value } }
        return sum.map { $0 / Float(rows.count) }
    }

    fileprivate mutating func addToRow(_ row: Int, _ change: [Float], scale: Float) {
        for column in 0..<columns { values[row * columns + column] += scale * change[column] }
    }
}
