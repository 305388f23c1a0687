internal import LinearAlgebra
internal import Neural
internal import Routing

/// Ridge regression of many targets at once, with predictions for each row by what was fitted without its fold.
///
///     W = (XᵀX + λI)⁻¹ XᵀY     with X and Y centred
///
/// Hoerl and Kennard, "Ridge Regression", 1970. Targets that are missing in the same rows share their products, so a
/// complete table takes one pass.
struct Ridge {
    /// What was fitted with one penalty.
    struct Fit {
        /// Fitted on all rows.
        var heads: StackWeights.Heads
        /// For each row what the fit without its fold says.
        var crossFitted: Matrix
    }

    /// A row for each prompt.
    let features: Matrix
    /// Which part of the cross-validation each row belongs to, from 0 on.
    let folds: [Int]

    /// The penalty for this many rows: it grows with them up to 2,000, and is then as large as it should be.
    private static func scaled(_ penalty: Double, rows: Double) -> Double { penalty * min(1, rows / 2000) }

    /// Fits `targets`, not a number where missing, with each of `penalties`.
    func fit(_ targets: Matrix, penalties: [Double]) -> [Fit] {
        var fits = penalties.map { _ in
            Fit(
                heads: .init(
                    weights: Matrix(rows: targets.columns, columns: features.columns),
                    biases: Array(repeating: 0, count: targets.columns)
                ),
                crossFitted: Matrix(rows: features.rows, columns: targets.columns)
            )
        }
        for columns in Self.groups(of: targets) { fit(targets, columns, penalties, into: &fits) }
        return fits
    }

    /// Columns that are missing in the same rows.
    private static func groups(of targets: Matrix) -> [[Int]] {
        var groups: [[Bool]: [Int]] = [:]
        for column in 0..<targets.columns {
            groups[(0..<targets.rows).map { targets[$0, column].isNaN }, default: []].append(column)
        }
        return groups.values.sorted { $0[0] < $1[0] }
    }

    private func fit(_ targets: Matrix, _ columns: [Int], _ penalties: [Double], into fits: inout [Fit]) {
        let foldCount = (folds.max() ?? -1) + 1
        let parts = (0..<foldCount).map { fold in
            Sums(features, targets, columns, rows: folds.indices.filter { folds[$0] == fold })
        }
        let total = parts.reduce(Sums(features.columns, columns.count)) { $0 + $1 }
        for (index, penalty) in penalties.enumerated() {
            if let solution = total.solve(penalty: Self.scaled(penalty, rows: total.count)) {
                for (place, column) in columns.enumerated() {
                    fits[index].heads.weights.set(row: column, to: solution.weights[row: place])
                    fits[index].heads.biases[column] = solution.biases[place]
                }
            }
            for fold in 0..<foldCount {
                let rest = total - parts[fold]
                guard let heads = rest.solve(penalty: Self.scaled(penalty, rows: rest.count)) else { continue }
                predict(heads, fold: fold, columns, into: &fits[index].crossFitted)
            }
        }
    }

    private func predict(_ heads: StackWeights.Heads, fold: Int, _ columns: [Int], into matrix: inout Matrix) {
        let rows = folds.indices.filter { folds[$0] == fold }
        let products = Matrix.product(features.rows(rows), heads.weights, transposing: .right)
        for (place, row) in rows.enumerated() {
            for (index, column) in columns.enumerated() {
                matrix[row, column] = products[place, index] + heads.biases[index]
            }
        }
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

    /// The sums over those of `rows` in which the targets are not missing.
    init(_ matrix: Matrix, _ scores: Matrix, _ columns: [Int], rows: [Int]) {
        self.init(matrix.columns, columns.count)
        let rows = rows.filter { !scores[$0, columns[0]].isNaN }
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

extension Matrix {
    /// Overwrites a row, in place: assigning to `values` from another module would copy all of them.
    mutating func set(row: Int, to values: some Sequence<Float>) {
        for (column, value) in values.enumerated() { self[row, column] = value }
    }

    /// The matrix of these rows, in their order.
    func rows(_ indices: [Int]) -> Matrix {
        var gathered: [Float] = []
        gathered.reserveCapacity(indices.count * columns)
        for index in indices { gathered += self[row: index] }
        return Matrix(rows: indices.count, columns: columns, values: gathered)
    }

    /// What is left of `ranges` without columns that are the same in all rows, of which nothing can be learned.
    func varying(in ranges: [Range<Int>]) -> [Range<Int>] {
        var varying: [Range<Int>] = []
        for column in ranges.joined() where (1..<max(rows, 1)).contains(where: { self[$0, column] != self[0, column] })
        {
            if let last = varying.last, last.upperBound == column {
                varying[varying.count - 1] = last.lowerBound..<column + 1
            } else {
                varying.append(column..<column + 1)
            }
        }
        return varying
    }

    /// The matrix of the columns in these ranges, in their order.
    func columns(_ ranges: [Range<Int>]) -> Matrix {
        var gathered: [Float] = []
        gathered.reserveCapacity(rows * ranges.reduce(0) { $0 + $1.count })
        for row in 0..<rows {
            for range in ranges {
                gathered += values[row * columns + range.lowerBound..<row * columns + range.upperBound]
            }
        }
        return Matrix(rows: rows, columns: ranges.reduce(0) { $0 + $1.count }, values: gathered)
    }
}
