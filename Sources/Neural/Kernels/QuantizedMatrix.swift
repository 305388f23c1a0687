internal import CKernels

/// A table of signed bytes with a scale for each row, for products with vectors: it is read four times as fast as floats.
///
/// A product is off by about a thousandth of the two vectors' lengths. It is the same on every processor.
public struct QuantizedMatrix: Hashable, Sendable {
    /// How many rows there are.
    public private(set) var rows: Int
    /// How many values a row has.
    public private(set) var columns: Int
    private var bytes: [Int8]
    private var scales: [Float]

    /// `matrix` in bytes, each row by its greatest magnitude.
    public init(_ matrix: Matrix) {
        let quantized = Quantized(rowsOf: matrix)
        (rows, columns) = (matrix.rows, matrix.columns)
        (bytes, scales) = (quantized.values, quantized.scales)
    }

    /// The product of each row and `vector`.
    ///
    /// - Precondition: The vector is as long as a row.
    public func products(with vector: [Float]) -> [Float] {
        precondition(vector.count == columns, "a factor for each column")
        let greatest = vector.reduce(0) { max($0, abs($1)) }
        guard greatest > 0, greatest.isFinite else { return Array(repeating: 0, count: rows) }
        // So that no sum of 127 times as much exceeds 32 bits.
        let factor = min(Float(Int32.max / 128 / Int32(clamping: columns)), 32_767).rounded(.down) / greatest
        guard factor.isFinite else { return Array(repeating: 0, count: rows) }
        let factors = vector.map { $0.isFinite ? Int16(($0 * factor).rounded(.toNearestOrEven)) : 0 }
        return [Float](unsafeUninitializedCapacity: rows) { products, count in
            guard let start = products.baseAddress else { return }
            ck_multiply_bytes(bytes, scales, rows, columns, factors, 1 / factor, start)
            count = rows
        }
    }

    /// Puts a row behind the last one; the first decides how long they are.
    public mutating func append(row: [Float]) {
        if rows == 0 { columns = row.count }
        precondition(row.count == columns, "a row like the others")
        let quantized = Quantized(rowsOf: Matrix(rows: 1, columns: columns, values: row))
        bytes += quantized.values
        scales += quantized.scales
        rows += 1
    }

    /// Puts another row in the place of one.
    public mutating func replace(row: Int, with other: [Float]) {
        precondition(0..<rows ~= row && other.count == columns, "a row like the others")
        let quantized = Quantized(rowsOf: Matrix(rows: 1, columns: columns, values: other))
        bytes.replaceSubrange(row * columns..<(row + 1) * columns, with: quantized.values)
        scales[row] = quantized.scales[0]
    }
}
