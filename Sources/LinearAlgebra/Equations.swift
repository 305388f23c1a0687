/// The normal equations of a least-squares problem: the products of its columns with each other and with the target.
public struct Equations: Sendable {
    private let count: Int
    /// Lower triangle, in row-major order.
    private var products: [Double]
    private var right: [Double]
    private var square: Double

    /// The equations of these columns.
    ///
    /// - Parameters:
    ///   - columns: Equally long.
    ///   - target: As long as they are.
    /// - Complexity: O(columns² · rows / 2).
    public init(_ columns: [[Double]], target: [Double]) {
        count = columns.count
        let packed = columns.map { Column($0) }
        let goal = Column(target)
        products = Array(repeating: 0, count: count * count)
        right = packed.map { $0.product(goal) }
        square = goal.product(goal)
        for row in 0..<count {
            for column in 0...row { products[row * count + column] = packed[row].product(packed[column]) }
        }
    }

    /// The coefficients with the least squared error and penalties; `nil` if there are none.
    ///
    /// - Parameter penalties: For each column what its squared coefficient costs.
    /// - Returns: A coefficient for each column.
    public func solve(penalties: [Double]) -> [Double]? {
        var matrix = products
        for (index, penalty) in penalties.enumerated() { matrix[index * count + index] += penalty }
        guard let cholesky = Cholesky(matrix, size: count) else { return nil }
        var solution = right
        cholesky.solve(&solution)
        return solution
    }

    /// The sum of squared errors with these coefficients.
    public func squaredError(of coefficients: [Double]) -> Double {
        var sum = square
        for row in 0..<count {
            var product = products[row * count + row] * coefficients[row]
            for column in 0..<row { product += 2 * products[row * count + column] * coefficients[column] }
            sum += coefficients[row] * (product - 2 * right[row])
        }
        return max(sum, 0)
    }
}
