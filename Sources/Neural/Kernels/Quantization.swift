internal import CKernels

/// Rows of numbers as signed bytes, each row with the scale that its bytes are multiples of.
struct Quantized {
    let values: [Int8]
    let scales: [Float]

    /// Quantizes each row by its greatest magnitude.
    init(rowsOf matrix: Matrix) {
        var values = [Int8](repeating: 0, count: matrix.values.count)
        var scales = [Float](repeating: 0, count: matrix.rows)
        ck_quantize(matrix.values, matrix.rows, matrix.columns, &values, &scales)
        (self.values, self.scales) = (values, scales)
    }
}

/// What makes floats of a product of bytes: a scale for each column, and what is added then.
struct Dequantization: Sendable {
    let scales: [Float]
    let bias: [Float]
    /// The sum of each column's bytes, where rows are 0…127 above their least value; `nil` where they have signs.
    let sums: [Float]?
}
