/// Least squares of a few columns, kept as sums so that any number of rows can be added.
struct NormalEquations {
    private let count: Int
    private var products: [Double]
    private var right: [Double]

    /// Equations for `count` shares.
    init(count: Int) {
        self.count = count
        products = Array(repeating: 0, count: count * count)
        right = Array(repeating: 0, count: count)
    }

    /// Adds one row: what each column says, and what came.
    mutating func add(_ columns: [Float], target: Float) {
        for row in 0..<count {
            right[row] += Double(columns[row]) * Double(target)
            for column in 0...row { products[row * count + column] += Double(columns[row]) * Double(columns[column]) }
        }
    }

    /// The shares, none of them negative, with the least squared error and a little ridge.
    ///
    /// Learners agree so much that free shares would be large and of both signs: Breiman, "Stacked Regressions", 1996. By
    /// coordinate descent, each step exact.
    ///
    /// - Parameter ridge: A share of the mean diagonal, added to all of it.
    /// - Returns: A share for each column, 0 or more.
    func nonNegativeShares(ridge: Double) -> [Float] {
        let mean = (0..<count).reduce(0) { $0 + products[$1 * count + $1] } / Double(max(count, 1))
        guard mean > 0 else { return Array(repeating: 0, count: count) }
        func product(_ row: Int, _ column: Int) -> Double {
            row >= column ? products[row * count + column] : products[column * count + row]
        }
        var shares = [Double](repeating: 0, count: count)
        for _ in 0..<10_000 {
            var change = 0.0
            for row in 0..<count {
                var rest = right[row] - ridge * mean * shares[row]
                for column in 0..<count { rest -= product(row, column) * shares[column] }
                let share = max(0, shares[row] + rest / (product(row, row) + ridge * mean))
                change = max(change, abs(share - shares[row]))
                shares[row] = share
            }
            if change < 1e-7 { break }
        }
        return shares.map { Float($0) }
    }
}
