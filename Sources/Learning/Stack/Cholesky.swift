/// A symmetric, positive definite matrix as the product L·Lᵀ of a lower triangle and its transpose.
///
/// Golub and Van Loan, "Matrix Computations", 4th edition, section 4.2.
struct Cholesky {
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
    init?(_ matrix: [Double], size: Int, ridge: Double = 0) {
        precondition(matrix.count == size * size, "a square matrix")
        self.size = size
        factor = matrix
        for row in 0..<size {
            for column in 0...row {
                var sum = factor[row * size + column]
                if row == column { sum += ridge }
                sum -= Self.product(factor, row * size, column * size, count: column)
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
    func solve(_ right: inout [Double]) {
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

    /// The product of two runs of `count` values, in an order that does not depend on the machine.
    private static func product(_ values: [Double], _ left: Int, _ right: Int, count: Int) -> Double {
        var sums = SIMD4<Double>.zero
        let end = count & ~3
        let span = values.span
        for offset in stride(from: 0, to: end, by: 4) {
            let (a, b) = (left + offset, right + offset)
            let first = SIMD4(span[a], span[a + 1], span[a + 2], span[a + 3])
            let second = SIMD4(span[b], span[b + 1], span[b + 2], span[b + 3])
            sums += first * second
        }
        var sum = sums.sum()
        for offset in end..<count { sum += span[left + offset] * span[right + offset] }
        return sum
    }
}
