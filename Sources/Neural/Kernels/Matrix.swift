/// A table of 32-bit floats in row-major order; a row is what belongs to one token, or one example.
public struct Matrix: Hashable, Sendable {
    /// How many rows there are.
    public let rows: Int
    /// How many values a row has.
    public let columns: Int
    /// The values, row after row; always rows × columns of them.
    public var values: [Float] {
        didSet { precondition(values.count == rows * columns, "a matrix keeps its shape") }
    }

    /// A matrix of zeros.
    public init(rows: Int, columns: Int) {
        self.init(rows: rows, columns: columns, values: Array(repeating: 0, count: rows * columns))
    }

    /// A matrix of `values`, row after row.
    ///
    /// - Precondition: There are rows × columns values.
    public init(rows: Int, columns: Int, values: [Float]) {
        precondition(rows >= 0 && columns >= 0 && values.count == rows * columns, "a matrix has rows × columns values")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// The value of a row and a column.
    public subscript(row: Int, column: Int) -> Float {
        get { values[index(row, column)] }
        set { values[index(row, column)] = newValue }
    }

    /// The values of a row.
    public subscript(row row: Int) -> ArraySlice<Float> { values[row * columns..<(row + 1) * columns] }

    private func index(_ row: Int, _ column: Int) -> Int {
        precondition(0..<rows ~= row && 0..<columns ~= column, "a row and a column of the matrix")
        return row * columns + column
    }
}
