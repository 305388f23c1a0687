internal import LinearAlgebra
internal import Neural
internal import Routing

/// A ridge regression by products of features with each other: as large as there are features, however many rows.
struct ColumnProducts: RidgeSystem {
    private let parts: [Sums]
    private let total: Sums

    /// The products of `columns` of `targets`, which are missing in no one of `rows`.
    init(_ features: Matrix, _ targets: Matrix, _ columns: [Int], rows: [Int], folds: [Int]) {
        parts = (0..<(folds.max() ?? -1) + 1).map { fold in
            Sums(features, targets, columns, rows: rows.filter { folds[$0] == fold })
        }
        total = parts.reduce(Sums(features.columns, columns.count)) { $0 + $1 }
    }

    func count(without fold: Int?) -> Int { Int(total.count - (fold.map { parts[$0].count } ?? 0)) }

    func heads(without fold: Int?, penalty: Double) -> StackWeights.Heads? {
        (fold.map { total - parts[$0] } ?? total).solve(penalty: penalty)
    }
}

/// Sums over rows, from which a ridge regression is solved; those of folds add up to those of the whole.
private struct Sums {
    var count = 0.0
    var products: [Double]
    var right: [Double]
    var features: [Double]
    var targets: [Double]

    init(_ width: Int, _ height: Int) {
        products = Array(repeating: 0, count: width * width)
        right = Array(repeating: 0, count: width * height)
        features = Array(repeating: 0, count: width)
        targets = Array(repeating: 0, count: height)
    }

    /// The sums over `rows`, in which the targets are not missing.
    init(_ matrix: Matrix, _ scores: Matrix, _ columns: [Int], rows: [Int]) {
        self.init(matrix.columns, columns.count)
        count = Double(rows.count)
        // Blocks keep single-precision sums short.
        for start in stride(from: 0, to: rows.count, by: 512) {
            let block = Array(rows[start..<min(start + 512, rows.count)])
            let left = matrix.rows(block)
            let values = block.flatMap { row in columns.map { scores[row, $0] } }
            let wanted = Matrix(rows: block.count, columns: columns.count, values: values)
            Self.add(Matrix.product(left, left, transposing: .left).values, to: &products)
            Self.add(Matrix.product(wanted, left, transposing: .left).values, to: &right)
            for place in 0..<block.count {
                Self.add(left[row: place], to: &features)
                Self.add(wanted[row: place], to: &targets)
            }
        }
    }

    static func + (left: Sums, right: Sums) -> Sums { left.combined(with: right, sign: 1) }
    static func - (left: Sums, right: Sums) -> Sums { left.combined(with: right, sign: -1) }

    private func combined(with other: Sums, sign: Double) -> Sums {
        var sums = self
        sums.count += sign * other.count
        for index in products.indices { sums.products[index] += sign * other.products[index] }
        for index in right.indices { sums.right[index] += sign * other.right[index] }
        for index in features.indices { sums.features[index] += sign * other.features[index] }
        for index in targets.indices { sums.targets[index] += sign * other.targets[index] }
        return sums
    }

    private static func add(_ values: some Sequence<Float>, to sums: inout [Double]) {
        for (index, value) in values.enumerated() { sums[index] += Double(value) }
    }

    /// The heads with the least squared error and this penalty; `nil` if there are no rows.
    func solve(penalty: Double) -> StackWeights.Heads? {
        guard count > 0 else { return nil }
        let (width, height) = (features.count, targets.count)
        var centred = products
        for row in 0..<width {
            let mean = features[row] / count
            for column in 0...row { centred[row * width + column] -= mean * features[column] }
        }
        guard let cholesky = Cholesky(centred, size: width, ridge: penalty) else { return nil }
        var weights: [Float] = []
        var biases: [Float] = []
        for target in 0..<height {
            let mean = targets[target] / count
            var solution = (0..<width).map { right[target * width + $0] - mean * features[$0] }
            cholesky.solve(&solution)
            biases.append(Float(mean - zip(solution, features).reduce(0) { $0 + $1.0 * $1.1 } / count))
            weights += solution.map { Float($0) }
        }
        return .init(weights: Matrix(rows: height, columns: width, values: weights), biases: biases)
    }
}
