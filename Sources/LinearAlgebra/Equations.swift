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
        products = Array(repeating: 0, count: count * count)
        right = columns.map { dotProduct($0.span, target.span) }
        square = dotProduct(target.span, target.span)
        for row in 0..<count {
            let left = columns[row]
            for column in 0...row {
                let right = columns[column]
                products[row * count + column] = dotProduct(left.span, right.span)
            }
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
