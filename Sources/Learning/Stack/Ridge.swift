internal import Neural
internal import Routing

/// Ridge regression of many targets at once, with predictions for each row by what was fitted without its fold.
///
///     W = (XᵀX + λI)⁻¹ XᵀY     with X and Y centred
///
/// Hoerl and Kennard, "Ridge Regression", 1970. Targets that are missing in the same rows share their products, so a
/// complete table takes one pass. Where rows are fewer than features, their products with each other are the smaller system.
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
    private static func scaled(_ penalty: Double, rows: Int) -> Double { penalty * min(1, Double(rows) / 2000) }

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
        let known = folds.indices.filter { !targets[$0, columns[0]].isNaN }
        let isWide = known.count < features.columns
        let system: any RidgeSystem =
            isWide
            ? RowProducts(features, targets, columns, rows: known, folds: folds)
            : ColumnProducts(features, targets, columns, rows: known, folds: folds)
        for (index, penalty) in penalties.enumerated() {
            let whole = Self.scaled(penalty, rows: system.count(without: nil))
            if let solution = system.heads(without: nil, penalty: whole) {
                for (place, column) in columns.enumerated() {
                    fits[index].heads.weights.set(row: column, to: solution.weights[row: place])
                    fits[index].heads.biases[column] = solution.biases[place]
                }
            }
            for fold in 0..<(folds.max() ?? -1) + 1 {
                let penalty = Self.scaled(penalty, rows: system.count(without: fold))
                guard let heads = system.heads(without: fold, penalty: penalty) else { continue }
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

/// Products that a ridge regression is solved from, on all rows or on those of all folds but one.
protocol RidgeSystem {
    /// How many rows there are without this fold; in all, without none.
    func count(without fold: Int?) -> Int
    /// The heads with the least squared error and this penalty; `nil` if there are no rows.
    func heads(without fold: Int?, penalty: Double) -> StackWeights.Heads?
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
