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
        guard factorise(from: 0, ridge: ridge) else { return nil }
    }

    /// The factor of a matrix that begins with the one that `base` is of, and goes on with more rows.
    ///
    /// - Parameters:
    ///   - base: The factor of the first rows and columns.
    ///   - rows: Each further row, up to the diagonal and with it.
    ///   - ridge: Added to the diagonal of the further rows.
    /// - Complexity: O(size² · rows), where the whole would take O(size³ / 3).
    public init?(extending base: Cholesky, by rows: [[Double]], ridge: Double = 0) {
        size = base.size + rows.count
        factor = Array(repeating: 0, count: size * size)
        for row in 0..<base.size {
            for column in 0...row { factor[row * size + column] = base.factor[row * base.size + column] }
        }
        for (index, row) in rows.enumerated() {
            precondition(row.count == base.size + index + 1, "a row up to the diagonal")
            for (column, value) in row.enumerated() { factor[(base.size + index) * size + column] = value }
        }
        guard factorise(from: base.size, ridge: ridge) else { return nil }
    }

    /// Factors the rows from one on, those above being done; `false` if they aren't of a positive definite matrix.
    private mutating func factorise(from first: Int, ridge: Double) -> Bool {
        for row in first..<size {
            for column in 0...row {
                var sum = factor[row * size + column]
                if row == column { sum += ridge }
                sum -= dotProduct(
                    factor.span.extracting(row * size..<row * size + column),
                    factor.span.extracting(column * size..<column * size + column)
                )
                if row == column {
                    guard sum > 0, sum.isFinite else { return false }
                    factor[row * size + row] = sum.squareRoot()
                } else {
                    factor[row * size + column] = sum / factor[column * size + column]
                }
            }
        }
        return true
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
