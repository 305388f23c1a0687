internal import LinearAlgebra
internal import Neural
internal import Routing

/// A ridge regression by products of rows with each other: as large as there are rows, however many features.
///
///     W = XᵀA,  A = (XXᵀ + λI)⁻¹ Y     with X and Y centred
///
/// The same solution: Saunders, Gammerman and Vovk, "Ridge Regression Learning Algorithm in Dual Variables", 1998. Few judged
/// requests of one's own are seldom more than features.
struct RowProducts: RidgeSystem {
    private let features: Matrix
    private let targets: Matrix
    private let folds: [Int]
    /// Each row's products with all of them.
    private let products: Matrix

    /// The products of `rows`, in which no one of `columns` of `targets` is missing.
    init(_ features: Matrix, _ targets: Matrix, _ columns: [Int], rows: [Int], folds: [Int]) {
        self.features = features.rows(rows)
        self.targets = Matrix(
            rows: rows.count,
            columns: columns.count,
            values: rows.flatMap { row in columns.map { targets[row, $0] } }
        )
        self.folds = rows.map { folds[$0] }
        products = Matrix.product(self.features, self.features, transposing: .right)
    }

    func count(without fold: Int?) -> Int { folds.count { $0 != fold } }

    func heads(without fold: Int?, penalty: Double) -> StackWeights.Heads? {
        let rows = folds.indices.filter { folds[$0] != fold }
        guard !rows.isEmpty else { return nil }
        // A row's mean product is its product with the mean row.
        let means = rows.map { row in rows.reduce(0.0) { $0 + Double(products[row, $1]) } / Double(rows.count) }
        guard let cholesky = Cholesky(centred(rows, means), size: rows.count, ridge: penalty) else { return nil }
        var shares: [Float] = []
        var biases: [Float] = []
        for target in 0..<targets.columns {
            let mean = rows.reduce(0.0) { $0 + Double(targets[$1, target]) } / Double(rows.count)
            var solution = rows.map { Double(targets[$0, target]) - mean }
            cholesky.solve(&solution)
            // Shares add up to 0, so that centred rows add up to the same weights as rows.
            biases.append(Float(mean - zip(solution, means).reduce(0) { $0 + $1.0 * $1.1 }))
            shares += solution.map { Float($0) }
        }
        let dual = Matrix(rows: targets.columns, columns: rows.count, values: shares)
        return .init(weights: Matrix.product(dual, features.rows(rows)), biases: biases)
    }

    /// The products of these rows less their mean; the lower triangle, which is all that is needed.
    private func centred(_ rows: [Int], _ means: [Double]) -> [Double] {
        let mean = means.reduce(0, +) / Double(rows.count)
        var centred = [Double](repeating: 0, count: rows.count * rows.count)
        for (place, row) in rows.enumerated() {
            for other in 0...place {
                centred[place * rows.count + other] =
                    Double(products[row, rows[other]]) - means[place] - means[other] + mean
            }
        }
        return centred
    }
}
