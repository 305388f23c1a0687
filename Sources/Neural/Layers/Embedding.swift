/// A table of vectors, looked up by number.
public final class Embedding {
    /// A row for each number.
    public let table: Parameter
    private var ids: [Int32] = []

    /// A table of these values, called `name` with `.weight`.
    public init(_ name: String, table: Matrix) {
        self.table = Parameter(name: name + ".weight", role: .weight, value: table)
    }

    /// The rows of `ids`, one below the other.
    ///
    /// - Precondition: Each id is a row of the table.
    public func forward(_ ids: [Int32], _ pass: Pass) -> Matrix {
        if pass == .training { self.ids = ids }
        var values: [Float] = []
        values.reserveCapacity(ids.count * table.value.columns)
        for id in ids { values += table.value[row: Int(id)] }
        return Matrix(rows: ids.count, columns: table.value.columns, values: values)
    }

    /// Adds each row of `gradient` to that of its id: ids that occur twice get both.
    public func backward(_ gradient: Matrix) {
        let columns = gradient.columns
        for (row, id) in ids.enumerated() {
            let start = Int(id) * columns
            for column in 0..<columns {
                table.gradient.values[start + column] += gradient.values[row * columns + column]
            }
        }
    }
}
