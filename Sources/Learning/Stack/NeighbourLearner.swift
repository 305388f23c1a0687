internal import Neural
internal import Routing

/// For each prompt, what became of those most like it, none of them from its own fold.
struct NeighbourLearner {
    /// For each size of neighbourhood: the mean common part, then each model's mean deviation.
    private(set) var means: [Matrix]
    /// For each prompt the mean similarity of its nearest neighbours.
    private(set) var similarities: [Float]

    /// Looks up each of `keys` among those at `remembered`, a block at a time.
    init(keys: Matrix, folds: [Int], decomposition: Decomposition, remembered: [Int]) {
        let sizes = StackWeights.neighbourCounts
        let columns = decomposition.targets.columns
        means = sizes.map { _ in Matrix(rows: keys.rows, columns: columns) }
        similarities = Array(repeating: 0, count: keys.rows)
        let memory = keys.rows(remembered)
        for start in stride(from: 0, to: keys.rows, by: 128) {
            let block = Array(start..<min(start + 128, keys.rows))
            let products = Matrix.product(keys.rows(block), memory, transposing: .right)
            for (place, row) in block.enumerated() {
                var alike = Array(products[row: place])
                // Those of the row's own fold are out of the running.
                for (index, other) in remembered.enumerated() where folds[other] == folds[row] { alike[index] = -2 }
                let nearest = NeighbourMemory.largest(alike, count: sizes.last ?? 0).filter { $0.similarity > -2 }
                add(nearest.map { (remembered[$0.row], $0.similarity) }, to: row, decomposition.targets)
            }
        }
    }

    private mutating func add(_ nearest: [(row: Int, similarity: Float)], to row: Int, _ targets: Matrix) {
        guard !nearest.isEmpty else { return }
        let alike = nearest.prefix(StackWeights.domainCount)
        similarities[row] = alike.reduce(0) { $0 + $1.similarity } / Float(alike.count)
        var common: Float = 0
        var sums = [Float](repeating: 0, count: targets.columns)
        var counts = sums
        var size = 0
        for (rank, neighbour) in nearest.enumerated() {
            let values = targets[row: neighbour.row]
            common += values[values.startIndex]
            for (column, value) in values.enumerated().dropFirst() where !value.isNaN {
                sums[column] += value
                counts[column] += 1
            }
            while size < means.count, rank + 1 == min(StackWeights.neighbourCounts[size], nearest.count) {
                means[size][row, 0] = common / Float(rank + 1)
                for column in 1..<targets.columns {
                    means[size][row, column] = sums[column] / (counts[column] + 1)
                }
                size += 1
            }
        }
    }
}
