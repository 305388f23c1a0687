/// A symmetric, positive definite matrix as the product L·Lᵀ of a lower triangle and its transpose.
///
/// Golub and Van Loan, "Matrix Computations", 4th edition, section 4.2.
public struct Cholesky: Sendable {
    private let size: Int
    /// L in row-major order; what is above the diagonal is of no use.
    private var factor: [Double]

    /// The factor of `matrix`, of which only the lower triangle is read; `nil` if it isn't positive definite.
    ///
    /// - Parameters:
    ///   - matrix: size × size values in row-major order.
    ///   - size: How many rows and columns there are.
    ///   - ridge: Added to the diagonal.
    /// - Complexity: O(size³ / 3).
    public init?(_ matrix: [Double], size: Int, ridge: Double = 0) {
        precondition(matrix.count == size * size, "a square matrix")
        self.size = size
        factor = matrix
        for row in 0..<size {
            for column in 0...row {
                var sum = factor[row * size + column]
                if row == column { sum += ridge }
                sum -= dotProduct(
                    factor.span.extracting(row * size..<row * size + column),
                    factor.span.extracting(column * size..<column * size + column)
                )
                if row == column {
                    guard sum > 0, sum.isFinite else { return nil }
                    factor[row * size + row] = sum.squareRoot()
                } else {
                    factor[row * size + column] = sum / factor[column * size + column]
                }
            }
        }
    }

    /// The x of L·Lᵀ·x = b, in place of `right`.
    ///
    /// - Complexity: O(size²).
    public func solve(_ right: inout [Double]) {
        precondition(right.count == size, "a right side of the matrix's size")
        for row in 0..<size {
            var sum = right[row]
            for column in 0..<row { sum -= factor[row * size + column] * right[column] }
            right[row] = sum / factor[row * size + row]
        }
        for row in stride(from: size - 1, through: 0, by: -1) {
            right[row] /= factor[row * size + row]
            let value = right[row]
            for column in 0..<row { right[column] -= factor[row * size + column] * value }
        }
    }
}
